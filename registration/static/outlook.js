// Says what a registration would lead to as soon as the form tells enough: asks the server, which keeps nothing.
// Neither name nor message leave the page, and of the address only what follows the @.

const PAUSE_MS = 300;
const box = document.querySelector("[data-outlook]");
const form = box?.closest("form");
let asked = "";
let waiting;

if (form) {
  document.querySelector("[data-outlook-button]")?.remove(); // it asks by itself from now on
  form.addEventListener("change", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE_MS);
  });
  ask();
}

function told() {
  const body = new URLSearchParams({
    csrf_token: form.elements.csrf_token.value,
    organisation: form.elements.organisation.value.trim(),
    email_domain: form.elements.email.value.split("@")[1]?.trim() ?? "",
  });
  const answers = form.querySelectorAll("[name^=question_]:checked, select[name^=question_]");
  answers.forEach((answer) => body.append(answer.name, answer.value));
  return body;
}

async function ask() {
  const body = told();
  const question = body.toString();
  if (question === asked || (!asked && !body.get("organisation"))) {
    return;
  }
  asked = question;
  try {
    const answer = await fetch(box.dataset.outlook, { method: "POST", body });
    const text = answer.ok ? await answer.text() : "";
    if (question === asked) {
      box.innerHTML = text; // ours: the server has escaped what people typed
    }
  } catch {
    box.replaceChildren(); // a form without an outlook is a form all the same
  }
}
