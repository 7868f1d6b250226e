// Without this file every question is shown, and says itself when it is meant. Here those are shown
// that are meant, at once. What was typed into the others stays where it is; the server leaves it out.
const form = document.querySelector("form.form");
const dependent = [...document.querySelectorAll("[data-depends-on]")];

function answers(name) {
  return [...form.elements]
    .filter((field) => field.name === name && !field.closest("[hidden]"))
    .filter((field) => !["radio", "checkbox"].includes(field.type) || field.checked)
    .map((field) => field.value.trim())
    .filter(Boolean);
}

function update() {
  for (const question of dependent) {  // in the order of the page: what a question depends on is known by then
    const given = answers(question.dataset.dependsOn);
    const needed = question.dataset.dependsValue;
    question.hidden = needed ? !given.includes(needed) : given.length === 0;
  }
}

if (form && dependent.length) {
  for (const words of document.querySelectorAll("[data-without-script]")) {
    words.hidden = true;
  }
  form.addEventListener("input", update);
  window.addEventListener("pageshow", update);  // coming back, the browser fills the fields in late
  update();
}
