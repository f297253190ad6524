// Navigation of the served pages: which notebooks there are comes from the server, the theme from the address.
(async () => {
  const nav = document.getElementById("wb-nav"), base = nav.dataset.base, dark = nav.dataset.dark === "true";
  const here = decodeURIComponent(location.pathname), theme = dark ? "?theme=dark" : "";
  const link = (href, text, props = {}) => Object.assign(document.createElement("a"), { href, textContent: text, ...props });
  const title = document.createElement("b");
  title.textContent = "Last-mile workbench";
  nav.append(title);
  const response = await fetch(`${base}workbench/pages`);
  if (response.ok) {
    for (const page of await response.json()) {
      const path = `${base}voila/render/${page.path}`, a = link(encodeURI(path) + theme, page.title);
      if (here === path) a.setAttribute("aria-current", "page");
      nav.append(a);
    }
  }
  const other = new URL(location.href);
  other.searchParams.set("theme", dark ? "light" : "dark");
  nav.append(link(other.href, dark ? "Light" : "Dark", { className: "theme", title: "Switch between light and dark" }));
})();
