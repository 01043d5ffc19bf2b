/**
 * The one script of the pages: what a passkey needs and a form cannot do. A form that names the ceremony is shown where
 * the browser knows passkeys; when it is sent, the device is asked first and its answer sent along.
 */
export const passkeyScript = `'use strict';
const known = 'PublicKeyCredential' in window && 'parseCreationOptionsFromJSON' in PublicKeyCredential;
const ceremonies = {
  create: {
    path: 'generate-register-options',
    ask: (options) => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  },
  get: {
    path: 'generate-authenticate-options',
    ask: (options) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
  },
};
const texts = {
  NotAllowedError: 'No passkey was used: it was refused, or took too long. Try again.',
  InvalidStateError: 'This device has a passkey of this account already.',
};
for (const form of known ? document.querySelectorAll('form[data-passkey]') : []) {
  const { path, ask } = ceremonies[form.dataset.passkey];
  const fault = form.querySelector('[role=alert]');
  const button = form.querySelector('button');
  form.hidden = false;
  document.querySelector('[data-without-passkeys]')?.remove();
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    fault.textContent = '';
    button.disabled = true;
    try {
      const answer = await fetch('/api/auth/passkey/' + path, { headers: { accept: 'application/json' } });
      if (!answer.ok) throw new Error('status ' + answer.status);
      const credential = await ask(await answer.json());
      form.elements.response.value = JSON.stringify(credential);
      form.submit();
    } catch (error) {
      fault.textContent = texts[error.name] ?? 'That did not work. Load the page again, then try once more.';
      button.disabled = false;
    }
  });
}
`;
