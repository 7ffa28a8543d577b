// What went wrong, in the words of the service.
export function problem({ body, status }) {
  return [body?.title, body?.detail].filter(Boolean).join(": ") || (status ? `the server answered ${status}` : "the server did not answer");
}
