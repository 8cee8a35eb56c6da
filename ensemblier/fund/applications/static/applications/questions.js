// Hides the questions that the answers given so far do not call for. Without it all are shown,
// each saying on which answer it waits.
(() => {
  const answers = (name) =>
    [...document.getElementsByName(name)]
      .filter((input) => !["radio", "checkbox"].includes(input.type) || input.checked)
      .map((input) => input.value)
      .filter(Boolean);
  const refresh = () => {
    for (const box of document.querySelectorAll("[data-after]")) {
      const given = box.parentElement && answers(box.dataset.after);
      const first = document.getElementsByName(box.dataset.after)[0];
      const asked = first && !first.closest("[hidden]");
      const wanted = box.dataset.value;
      box.hidden = !asked || !(wanted ? given.includes(wanted) : given.length);
    }
  };
  document.addEventListener("change", refresh);
  document.addEventListener("input", refresh);
  refresh();
})();
