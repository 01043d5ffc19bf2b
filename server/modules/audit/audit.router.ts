import { query, router } from '../../rpc/trpc.ts';
import { listAudit } from './list-audit.ts';

export const auditRouter = router({ list: query(listAudit) });
