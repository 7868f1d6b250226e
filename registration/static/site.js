// Everything works without this file; it only makes two things more comfortable.

// After a failed submit the summary of errors is the first thing to read (L-32).
const summary = document.querySelector("[data-focus]");
if (summary) {
  summary.focus();
}

// A second click while the first is on its way changes nothing. The button stays focusable (U-03).
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formTarget) {
      return; // a look into a frame: the page stays, and sends nothing yet
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    for (const button of form.querySelectorAll("button")) {
      button.setAttribute("aria-disabled", "true");
    }
  });
}

// Coming back with the browser's arrow, the form can be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) {
      button.removeAttribute("aria-disabled");
    }
  }
});
