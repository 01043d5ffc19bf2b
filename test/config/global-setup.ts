import type { TestProject } from 'vitest/node';
import { makeClusterFolder, removeAbandonedClusters, removeCluster } from '../support/cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of this run's throwaway Postgres; the first test that wants a database starts it. */
    clusterFolder: string;
  }
}

export default function setup(project: TestProject): () => Promise<void> {
  removeAbandonedClusters();
  const folder = makeClusterFolder();
  project.provide('clusterFolder', folder);
  return () => removeCluster(folder);
}
