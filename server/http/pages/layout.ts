import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A page of the sign-in: one heading, what happened if anything did, and its content. */
export interface Page {
  readonly title: string;
  /** Why the last attempt failed; read out at once by screen readers. */
  readonly fault?: string | null | undefined;
  /** What was done. */
  readonly notice?: string | null | undefined;
  /** Whether the script of passkeys belongs to it; everything else works without. */
  readonly hasScript?: boolean;
  readonly content: Html;
}

export function layout({ title, fault, notice, hasScript, content }: Page): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${fault ? `Error: ${title}` : title} · RepSpheres</title>
        <link rel="stylesheet" href="/auth/style.css" />
        ${hasScript ? html`<script src="/auth/passkey.js" defer></script>` : ''}
      </head>
      <body>
        <main>
          <p class="brand">RepSpheres</p>
          <h1>${title}</h1>
          ${fault ? html`<p class="fault" role="alert" id="fault">${fault}</p>` : ''}
          ${notice ? html`<p class="notice" role="status">${notice}</p>` : ''} ${content}
        </main>
      </body>
    </html>`;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'email' | 'password';
  readonly value?: string;
  readonly autocomplete: string;
  readonly hint?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly inputMode?: 'numeric';
  /** The page's fault is about this field: it is read with it, and the cursor is there. */
  readonly isFaulty?: boolean;
}

/** A labelled input; its hint, and the fault when it is about this field, are read with it. */
export function field(input: Field): Html {
  const {
    name,
    label,
    type = 'text',
    value = '',
    autocomplete,
    hint,
    minLength,
    maxLength = 254,
    inputMode,
    isFaulty,
  } = input;
  const about = [...(isFaulty ? ['fault'] : []), ...(hint === undefined ? [] : [`${name}-hint`])].join(' ');
  const described = about === '' ? '' : html` aria-describedby="${about}"`;
  const faulty = isFaulty ? html` aria-invalid="true" autofocus` : '';
  const least = minLength === undefined ? '' : html` minlength="${minLength}"`;
  const mode = inputMode === undefined ? '' : html` inputmode="${inputMode}"`;
  return html`<div class="field">
    <label for="${name}">${label}</label>
    ${hint === undefined ? '' : html`<p class="hint" id="${name}-hint">${hint}</p>`}
    <input id="${name}" name="${name}" type="${type}" value="${value}" autocomplete="${autocomplete}"
      required maxlength="${maxLength}"${described}${least}${mode}${faulty} />
  </div>`;
}

/** A form that carries on where the person was going. */
export function form(action: string, next: string, fields: readonly Html[], submit: string): Html {
  return html`<form method="post" action="${action}">
    ${fields} <input type="hidden" name="next" value="${next}" />
    <button type="submit">${submit}</button>
  </form>`;
}

/** A link to another page of the sign-in, with where the person was going. */
export function link(path: string, next: string, text: string): Html {
  return html`<a href="${next === '' ? path : `${path}?${next}`}">${text}</a>`;
}
