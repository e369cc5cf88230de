// SPDX-License-Identifier: MIT
// Shows the token of the address's fragment, once, and takes it out of the address.
const token = location.hash.slice(1);
if (token) {
  history.replaceState(null, '', location.pathname);
  const answer = await fetch('/enter', { method: 'POST', body: JSON.stringify({ token }), credentials: 'same-origin' });
  if (answer.ok) location.replace(location.pathname);
}
