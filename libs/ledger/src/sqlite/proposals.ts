// Questions of agents and answers of operators, as rows that are added and never changed. Each is
// an audit row as well, written in the same transaction.
//
// Every method runs inside a transaction of the caller. It reads the run's questions and adds the
// next one together, so that two processes cannot pass the caps.

import type { Database } from "bun:sqlite"
import type { Proposal, Slug } from "@bot-bottle/contracts"
import { decideAnswer, decideProposal, type NewAnswer } from "@bot-bottle/supervise"
import type {
  AnsweredProposal,
  AnswerResult,
  AnswerToken,
  NewAnswerToken,
  NewProposal,
  ProposeResult,
  TokenAnswer,
  TokenAnswerResult,
} from "../roles/supervision.ts"
import type { Audit } from "./audit.ts"
import { type ProposalRow, proposalFrom, type TokenRow, wishFrom } from "./proposal-row.ts"
import type { Runs } from "./runs.ts"

export interface Proposals {
  propose(proposal: NewProposal, actor: string): ProposeResult
  answer(answer: NewAnswer): AnswerResult
  find(id: number): Proposal | undefined
  of(slug: Slug): readonly Proposal[]
  pending(): readonly Proposal[]
  newest(limit: number): readonly Proposal[]
  answersAfter(slug: Slug, afterSeq: number): readonly AnsweredProposal[]
  addToken(token: NewAnswerToken): void
  answerByToken(answer: TokenAnswer): TokenAnswerResult
  findToken(hash: string): AnswerToken | undefined
  /** For `watch`: what was asked or answered after these. */
  changedAfter(seen: ProposalsSeen, limit: number): readonly Proposal[]
  lastSeen(): ProposalsSeen
}

export interface ProposalsSeen {
  readonly proposalId: number
  readonly answerSeq: number
}

export function createProposals(
  db: Database,
  { runs, audit, nowMs }: { runs: Runs; audit: Audit; nowMs: () => number },
): Proposals {
  const select = `
    SELECT p.id, run.slug, run.status AS run_status, p.ask, p.why, p.asked_at_ms, p.expires_at_ms,
      a.seq, a.decision, a.duration, a.ask AS granted, a.reason, a.actor, a.channel, a.answered_at_ms
    FROM proposal p JOIN run ON run.id = p.run_id LEFT JOIN proposal_answer a ON a.proposal_id = p.id`
  const selectOne = db.query<ProposalRow, { id: number }>(`${select} WHERE p.id = $id`)
  const selectOf = db.query<ProposalRow, { slug: string }>(`${select} WHERE run.slug = $slug ORDER BY p.id`)
  const selectPending = db.query<ProposalRow, { nowMs: number }>(`
    ${select} WHERE p.expires_at_ms > $nowMs AND a.seq IS NULL AND run.status NOT IN ('ended', 'killed') ORDER BY p.id
  `)
  const selectNewest = db.query<ProposalRow, { limit: number }>(`${select} ORDER BY p.id DESC LIMIT $limit`)
  const selectAnswers = db.query<ProposalRow, { slug: string; afterSeq: number }>(`
    ${select} WHERE run.slug = $slug AND a.seq > $afterSeq ORDER BY a.seq
  `)
  const selectAsked = db.query<ProposalRow, { id: number; limit: number }>(
    `${select} WHERE p.id > $id ORDER BY p.id LIMIT $limit`,
  )
  const selectAnswered = db.query<ProposalRow, { seq: number; limit: number }>(
    `${select} WHERE a.seq > $seq ORDER BY a.seq LIMIT $limit`,
  )
  const selectLast = db.query<{ id: number | null; seq: number | null }, []>(
    "SELECT (SELECT max(id) FROM proposal) AS id, (SELECT max(seq) FROM proposal_answer) AS seq",
  )
  const insertProposal = db.query<null, Record<string, string | number>>(`
    INSERT INTO proposal (run_id, kind, ask, why, asked_at_ms, expires_at_ms)
    VALUES ($runId, $kind, $ask, $why, $askedAtMs, $expiresAtMs)
  `)
  const insertAnswer = db.query<null, Record<string, string | number | null>>(`
    INSERT INTO proposal_answer (proposal_id, decision, duration, ask, reason, actor, channel, answered_at_ms)
    VALUES ($proposalId, $decision, $duration, $ask, $reason, $actor, $channel, $answeredAtMs)
  `)
  const insertToken = db.query<null, Record<string, string | number | null>>(
    "INSERT INTO answer_token (hash, proposal_id, decision, duration) VALUES ($hash, $proposalId, $decision, $duration)",
  )
  const selectToken = db.query<TokenRow, { hash: string }>(
    "SELECT proposal_id, decision, duration FROM answer_token WHERE hash = $hash",
  )

  const findRow = (id: number): ProposalRow | undefined => selectOne.get({ id }) ?? undefined

  function load(id: number): Proposal {
    const row = findRow(id)
    if (row === undefined) throw new Error(`Proposal ${id} is not in the ledger`)
    return proposalFrom(row)
  }

  function findToken(hash: string): AnswerToken | undefined {
    const row = selectToken.get({ hash })
    return row ? { proposalId: row.proposal_id, wish: wishFrom(row) } : undefined
  }

  function answer(wish: NewAnswer): AnswerResult {
    const row = findRow(wish.proposalId)
    if (row === undefined) return { outcome: "refused", reason: "unknown-proposal" }
    const answeredAtMs = nowMs()
    const decision = decideAnswer(proposalFrom(row), wish, { nowMs: answeredAtMs, runStatus: row.run_status })
    if (decision.outcome === "refused") return decision
    const { proposalId, reason, actor, channel } = wish
    const duration = wish.decision === "approved" ? wish.duration : null
    const ask = JSON.stringify(decision.ask)
    insertAnswer.run({ proposalId, decision: wish.decision, duration, ask, reason, actor, channel, answeredAtMs })
    const detail = { proposal: proposalId, ask: decision.ask, duration: duration ?? undefined, reason, channel }
    audit.append({ slug: row.slug, kind: `proposal-${wish.decision}`, actor, detail }, answeredAtMs)
    return { outcome: "answered", proposal: load(proposalId) as AnsweredProposal }
  }

  return {
    propose({ slug, ask, why, lifetimeMs }, actor) {
      const run = runs.find(slug)
      if (!run) throw new Error(`Run ${slug} is not in the ledger`)
      const askedAtMs = nowMs()
      const earlier = selectOf.all({ slug }).map(proposalFrom)
      const decision = decideProposal(ask, earlier, { nowMs: askedAtMs, runStatus: run.status })
      if (decision.outcome !== "ask") return decision
      const { lastInsertRowid } = insertProposal.run({
        runId: runs.loadId(slug),
        kind: ask.kind,
        ask: JSON.stringify(ask),
        why,
        askedAtMs,
        expiresAtMs: askedAtMs + lifetimeMs,
      })
      const id = Number(lastInsertRowid)
      audit.append({ slug, kind: "proposal-asked", actor, detail: { proposal: id, ask, why } }, askedAtMs)
      return { outcome: "asked", proposal: load(id) }
    },

    answer,

    find(id) {
      const row = findRow(id)
      return row && proposalFrom(row)
    },
    of: (slug) => selectOf.all({ slug }).map(proposalFrom),
    pending: () => selectPending.all({ nowMs: nowMs() }).map(proposalFrom),
    newest: (limit) => selectNewest.all({ limit }).map(proposalFrom),
    answersAfter: (slug, afterSeq) =>
      selectAnswers.all({ slug, afterSeq }).map((row) => proposalFrom(row) as AnsweredProposal),

    addToken({ hash, proposalId, wish }) {
      const duration = wish.decision === "approved" ? wish.duration : null
      insertToken.run({ hash, proposalId, decision: wish.decision, duration })
    },

    answerByToken({ hash, reason, actor }) {
      const token = findToken(hash)
      const result: TokenAnswerResult =
        token === undefined
          ? { outcome: "refused", reason: "unknown-token" }
          : answer({ ...token.wish, proposalId: token.proposalId, reason, actor, channel: "token" })
      if (result.outcome === "answered") return result
      const slug = token === undefined ? "" : (findRow(token.proposalId)?.slug ?? "")
      // The start of the hash tells refusals apart, and gives nobody the token.
      const detail = { proposal: token?.proposalId, reason: result.reason, token_hash: hash.slice(0, 12) }
      audit.append({ slug, kind: "proposal-token-refused", actor, detail }, nowMs())
      return result
    },
    findToken,

    changedAfter({ proposalId, answerSeq }, limit) {
      const rows = [...selectAsked.all({ id: proposalId, limit }), ...selectAnswered.all({ seq: answerSeq, limit })]
      return [...new Map(rows.map((row) => [row.id, row])).values()].map(proposalFrom)
    },
    lastSeen() {
      const last = selectLast.get()
      return { proposalId: last?.id ?? 0, answerSeq: last?.seq ?? 0 }
    },
  }
}
