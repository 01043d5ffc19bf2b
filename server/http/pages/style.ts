/** Works from 320 px, in light and dark, with large text; contrast at least 4.5:1. */
export const style = `:root{color-scheme:light dark;--ink:#1b2430;--soft:#51606f;--paper:#fff;--ground:#eef2f6;--line:#8493a3;--act:#0b5cad;--on-act:#fff;--bad:#a3171f;--good:#14663a}
@media (prefers-color-scheme:dark){:root{--ink:#e9eef4;--soft:#aab7c4;--paper:#1a222c;--ground:#10161d;--line:#70808f;--act:#6cb2ff;--on-act:#08192b;--bad:#ff9d9d;--good:#86dba8}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{width:min(100% - 2rem,26rem);margin:max(1rem,8vh) auto;padding:1.5rem;background:var(--paper);border-radius:.75rem;overflow-wrap:anywhere}
.brand{margin:0 0 1rem;font-weight:700;color:var(--act)}
h1{margin:0 0 1rem;font-size:1.5rem;line-height:1.25}
h2{margin:1.5rem 0 .5rem;font-size:1.1rem}
.field{margin:0 0 1rem}
label{display:block;font-weight:600;margin-bottom:.25rem}
.hint,.meta{margin:0 0 .25rem;color:var(--soft);font-size:.9rem}
input:not([type=hidden]){width:100%;padding:.6rem .7rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--line);border-radius:.4rem}
button{width:100%;padding:.7rem;font:inherit;font-weight:600;color:var(--on-act);background:var(--act);border:2px solid transparent;border-radius:.4rem;cursor:pointer}
button.quiet{color:var(--act);background:transparent;border-color:var(--act);margin-top:.5rem}
a{color:var(--act)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
.fault,.notice{padding:.6rem .8rem;border-left:.3rem solid;margin:0 0 1rem}
.fault{color:var(--bad)}
.notice{color:var(--good)}
ul{padding-left:1.2rem}
.fault:empty{display:none}
.items,.codes{padding:0;list-style:none}
.items li{padding:.75rem 0;border-top:1px solid var(--line)}
.items p{margin:0}
.codes{display:grid;grid-template-columns:repeat(auto-fill,minmax(8rem,1fr));gap:.4rem}
code{font-size:1rem}
.code{width:min(100%,16rem);margin:0 auto 1rem}
.code svg{display:block;width:100%;height:auto}
nav{margin-top:1rem;display:grid;gap:.4rem}
form+form{margin-top:.5rem}
`;
