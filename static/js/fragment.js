// The one place where HTML text becomes elements. It comes from this server only, which escapes whatever was
// in a mail or on the wire.
const policy = window.trustedTypes?.createPolicy("lab-fragment", { createHTML: (html) => html });

export function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = policy ? policy.createHTML(html) : html;
  return template.content;
}

// load asks the server for a window, as a fragment. It answers with the elements and their text, the address that
// redirects led to, the status, and whether the server was content.
export async function load(url, options = {}) {
  const response = await fetch(url, { ...options, headers: { "X-Fragment": "1" }, credentials: "same-origin" });
  if (response.type === "opaqueredirect") return { ok: true, moved: true };
  const text = await response.text();
  return { ok: response.ok, status: response.status, url: response.url, text, content: fragment(text) };
}

// source is the HTML text of elements.
export function source(...elements) {
  const box = document.createElement("div");
  box.append(...elements);
  return box.innerHTML;
}
