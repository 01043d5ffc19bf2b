/** Words that exist only on the server; one of them in a file for callers means that something leaked. */
const serverWords =
  /\b([Dd]rizzle|[Pp]ostgres|[Tt][Rr][Pp][Cc]|[Zz]od|OrgScope|SystemScope|ScopedDb|Deps|Context|systemPrompt|system_prompt)\b/;
const importLine = /^(?:import|export) .* from '([^']+)';$/;

/** What is wrong with these contract files, one line a fault: imports from outside the contract, and server names. */
export function contractFaults(files: ReadonlyMap<string, string>): string[] {
  const faults: string[] = [];
  for (const [file, text] of files) {
    text.split('\n').forEach((line, index) => {
      const at = `${file}:${index + 1}`;
      const target = importLine.exec(line)?.[1];
      if (target !== undefined && !(target.startsWith('./') && files.has(target.slice(2)))) {
        faults.push(`${at}: imports ${target}, which is not part of the contract`);
      }
      if (/\bimport\s*\(|\brequire\s*\(/.test(line)) faults.push(`${at}: imports inside an expression`);
      const leaked =
        line.startsWith('//') || line.trim().startsWith('*') ? null : serverWords.exec(withoutText(line));
      if (leaked) faults.push(`${at}: the server's word '${leaked[0]}'`);
    });
  }
  return faults;
}

function withoutText(line: string): string {
  return line.replace(/\/\*\*.*\*\//, '').replace(/'(?:[^'\\]|\\.)*'/g, "''");
}

/** Which files differ and by how many lines, one line a file; empty when `written` is `wanted`. */
export function driftSummary(
  wanted: ReadonlyMap<string, string>,
  written: ReadonlyMap<string, string>,
): string[] {
  const names = [...new Set([...wanted.keys(), ...written.keys()])].sort();
  return names.flatMap((name) => {
    const want = wanted.get(name);
    const have = written.get(name);
    if (want === have) return [];
    if (want === undefined) return [`${name}: no longer part of the contract`];
    if (have === undefined) return [`${name}: missing`];
    const missing = difference(want, have);
    const stale = difference(have, want);
    return [
      `${name}: +${missing.length} -${stale.length} lines`,
      ...sample(missing, '+'),
      ...sample(stale, '-'),
    ];
  });
}

function difference(from: string, other: string): string[] {
  const known = new Set(other.split('\n'));
  return from.split('\n').filter((line) => !known.has(line));
}

function sample(lines: readonly string[], mark: string): string[] {
  return lines.slice(0, 5).map((line) => `    ${mark} ${line.trim()}`);
}
