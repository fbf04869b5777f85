/**
 * Finds every element with data-module and gives it to the module of that name: modules/<name>.js, default export
 * function(element).  Several names are parted by spaces.  A module that fails takes no other down with it.
 */

const here = new URL(import.meta.url);

for (const element of document.querySelectorAll("[data-module]")) {
  for (const name of element.dataset.module.split(/\s+/).filter(Boolean)) {
    start(name, element);
  }
}

/** @param {string} name @param {Element} element */
async function start(name, element) {
  try {
    const module = await import(new URL(`./modules/${name}.js`, here).href);
    await module.default(element);
  } catch (error) {
    console.error(`module ${name} did not start`, error);
  }
}
