import { mutation, query, router } from '../../rpc/trpc.ts';
import { organisationData, personalData } from './data-operations.ts';

const of = (operations: typeof personalData) =>
  router({
    requestExport: mutation(operations.requestExport),
    requestErasure: mutation(operations.requestErasure),
    cancelErasure: mutation(operations.cancelErasure),
    getRequest: query(operations.getRequest),
    listRequests: query(operations.listRequests),
  });

export const personalDataRouter = of(personalData);
export const organisationDataRouter = of(organisationData);
