/** One line when this Node cannot run the backend; `npm start` brings a fitting one, a bare `node` may not. */
export function preflight(version: string): string | null {
  const major = Number(/^v(\d+)\./.exec(version)?.[1]);
  if (major >= 24) return null;
  return `RepSpheres needs Node 24 or newer and this is ${version}. Start it with "npm start": the project brings its own.`;
}
