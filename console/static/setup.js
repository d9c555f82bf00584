// Copies what stands in a field, and says that it did.
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.querySelector(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    window.cohortlab.tell("The write key is copied.");
  } catch {
    window.cohortlab.tell("The browser does not let it be copied: it is selected, press Ctrl+C.", true);
  }
});
