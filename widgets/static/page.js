// Navigation of the served pages: which notebooks there are comes from the server. The theme comes from the
// address; without one there, from what the visitor's system prefers.
(async () => {
  const nav = document.getElementById("wb-nav"), base = nav.dataset.base, body = document.body;
  const chosen = new URLSearchParams(location.search).get("theme"), theme = chosen ? `?theme=${encodeURIComponent(chosen)}` : "";
  if (!chosen && matchMedia("(prefers-color-scheme: dark)").matches) {
    document.head.append(document.getElementById("wb-night").content.cloneNode(true));
    body.classList.replace("theme-light", "theme-dark");
    Object.assign(body.dataset, { jpThemeLight: "false", jpThemeName: "JupyterLab Dark" });
  }
  const here = decodeURIComponent(location.pathname), dark = body.classList.contains("theme-dark");
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
