/** Sends along what Safe Exam Browser says of its configuration, for engines of it that can't set request headers. */

/** @typedef {{ security?: { configKey?: string, browserExamKey?: string, updateKeys?: (done: () => void) => void }, version?: string }} ExamBrowser */

/** @param {HTMLInputElement} field */
export default function examBrowser(field) {
  const browser = /** @type {{ SafeExamBrowser?: ExamBrowser }} */ (/** @type {unknown} */ (window)).SafeExamBrowser;
  const security = browser?.security;
  if (!browser || !security) return;
  const say = () => {
    field.value = JSON.stringify({
      url: location.href.split("#")[0],
      config_key: security.configKey ?? "",
      browser_exam_key: security.browserExamKey ?? "",
      version: browser.version ?? "",
    });
  };
  say();
  security.updateKeys?.(say);
}
