/** Sums the weights at the ends of the lines of a text field while somebody types.  @param {HTMLElement} element */

export default function weightSum(element) {
  const field = element.querySelector("textarea");
  const note = element.querySelector("[data-weight-sum]");
  const target = Number(element.dataset.target);
  if (!field || !note) return;
  const percent = (value) => `${Number(value.toFixed(4))}%`;
  function tell() {
    const weights = field.value
      .split("\n")
      .map((line) => /(?:^|\s)(\d{1,3}(?:\.\d{1,4})?)%?\s*$/.exec(line.normalize("NFKC")))
      .filter(Boolean)
      .map((found) => Number(found[1]));
    if (!weights.length) {
      note.textContent = "";
      return;
    }
    const sum = weights.reduce((one, other) => one + other, 0);
    const text = Math.abs(sum - target) < 0.00005 ? element.dataset.even : element.dataset.uneven;
    note.textContent = text.replace("{sum}", percent(sum)).replace("{target}", percent(target));
  }
  field.addEventListener("input", tell);
}
