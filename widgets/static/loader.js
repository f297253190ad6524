// Loads a big library once per page: from our own server where it has the route, else from the kernel.
const __loads = (globalThis.__wbLoads ??= new Map());
function __fromKernel(model, name) {
  return new Promise((ok, bad) => {
    const timer = setTimeout(() => bad(new Error(`asset ${name} unavailable`)), 60000);
    const on = (message, buffers) => {
      if (message.kind !== "asset" || message.name !== name) return;
      clearTimeout(timer);
      model.off("msg:custom", on);
      ok(URL.createObjectURL(new Blob([buffers[0]], { type: "text/javascript" })));
    };
    model.on("msg:custom", on);
    model.send({ kind: "need", name });
  });
}
function __script(url) {
  return new Promise((ok, bad) => {
    // a classic (UMD) script: hide AMD so that it lands on window
    const define = globalThis.define;
    globalThis.define = undefined;
    const script = Object.assign(document.createElement("script"), { src: url });
    const end = (then) => () => { globalThis.define = define; then(); };
    script.onload = end(ok);
    script.onerror = end(() => bad(new Error(url)));
    document.head.append(script);
  });
}
function __served(name) {
  // only our own server has the route; asking another one would log a 404 in the console
  if (!document.body.dataset.voila) return null;
  const config = document.getElementById("jupyter-config-data");
  return `${JSON.parse(config.textContent).baseUrl}workbench/static/${name}`;
}
function loadAsset(model, name, globalName) {
  if (globalName && globalThis[globalName]) return Promise.resolve(globalThis[globalName]);
  if (!__loads.has(name)) {
    __loads.set(name, (async () => {
      const url = __served(name);
      try {
        if (!url) throw new Error("not served");
        await __script(url);
      } catch {
        await __script(await __fromKernel(model, name));
      }
      return globalThis[globalName];
    })());
  }
  return __loads.get(name);
}
