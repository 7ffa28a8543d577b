// The list of projects is filtered as soon as an answer is chosen; the address says by what.
const form = document.querySelector("form.filter");
form?.querySelector("select").addEventListener("change", () => form.requestSubmit());
