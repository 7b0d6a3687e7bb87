/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "verdict.h"
#include "view.h"

static const closure_finding *
finding_of(const closure_judgement *judgement, guint side, closure_finding_id id)
{
    for (guint i = 0; i < judgement->finding_count; i++) {
        const closure_finding *finding = &judgement->findings[i];
        if (finding->id == id && finding->side == side)
            return finding;
    }
    return NULL;
}

static gboolean
is_violation_of(const closure_judgement *judgement, guint side)
{
    const closure_finding *cleartext = finding_of(judgement, side, CLOSURE_FINDING_CLEARTEXT_AFTER_CLOSE);

    return finding_of(judgement, side, CLOSURE_FINDING_DATA_AFTER_CLOSE_NOTIFY) != NULL ||
           finding_of(judgement, side, CLOSURE_FINDING_DATA_AFTER_FATAL_ALERT) != NULL ||
           (cleartext != NULL && cleartext->severity == CLOSURE_WARNING);
}

static gboolean
is_one_sided(const closure_judgement *judgement, guint side)
{
    const closure_facts *facts = &judgement->facts;
    const closure_side_judgement *peer = &judgement->side[CLOSURE_PEER(side)];

    return judgement->side[side].alert_kind == CLOSURE_CLOSE_NOTIFY &&
           (peer->end_kind != CLOSURE_NO_END || facts->side[0].rst.at.frame != 0 || facts->side[1].rst.at.frame != 0);
}

/* Whether this side alone makes the verdict hold. */
static gboolean
verdict_holds(const closure_judgement *judgement, closure_verdict verdict, guint side)
{
    const closure_side_judgement *own = &judgement->side[side];
    const closure_side_judgement *peer = &judgement->side[CLOSURE_PEER(side)];

    switch (verdict) {
    case CLOSURE_VERDICT_VIOLATION:
        return is_violation_of(judgement, side);
    case CLOSURE_VERDICT_FATAL_ALERT:
        return own->alert_kind == CLOSURE_ERROR_ALERT && !own->alert_is_reaction;
    case CLOSURE_VERDICT_HANDSHAKE_CLOSED:
        return finding_of(judgement, side, CLOSURE_FINDING_HANDSHAKE_CLOSED) != NULL;
    case CLOSURE_VERDICT_TRUNCATED:
        return finding_of(judgement, side, CLOSURE_FINDING_FIN_WITHOUT_CLOSE_NOTIFY) != NULL && own->cut_short;
    case CLOSURE_VERDICT_NO_CLOSE_NOTIFY:
        return finding_of(judgement, side, CLOSURE_FINDING_FIN_WITHOUT_CLOSE_NOTIFY) != NULL;
    case CLOSURE_VERDICT_RESET:
        return finding_of(judgement, side, CLOSURE_FINDING_RST_WITHOUT_CLOSE_NOTIFY) != NULL;
    case CLOSURE_VERDICT_ORDERLY:
        return own->alert_kind == CLOSURE_CLOSE_NOTIFY && peer->alert_kind == CLOSURE_CLOSE_NOTIFY;
    case CLOSURE_VERDICT_INCOMPLETE:
        return finding_of(judgement, side, CLOSURE_FINDING_CAPTURE_INCOMPLETE) != NULL &&
               own->alert_kind == CLOSURE_NO_ALERT;
    case CLOSURE_VERDICT_ONE_SIDED:
        return is_one_sided(judgement, side);
    case CLOSURE_VERDICT_CLOSING:
        return own->alert_kind == CLOSURE_CLOSE_NOTIFY && !closure_was_seen_elsewhere(judgement, CLOSURE_PEER(side));
    default:
        return FALSE;
    }
}

/* The weakest of what the verdict rests on, of this side. */
static closure_evidence
evidence_of_side(const closure_judgement *judgement, guint side)
{
    const closure_side_judgement *own = &judgement->side[side];
    const closure_side_judgement *peer = &judgement->side[CLOSURE_PEER(side)];

    switch (judgement->verdict) {
    case CLOSURE_VERDICT_VIOLATION:
    case CLOSURE_VERDICT_FATAL_ALERT:
    case CLOSURE_VERDICT_ORDERLY:
    case CLOSURE_VERDICT_CLOSING:
        return own->alert_evidence;
    case CLOSURE_VERDICT_HANDSHAKE_CLOSED:
    case CLOSURE_VERDICT_TRUNCATED:
    case CLOSURE_VERDICT_NO_CLOSE_NOTIFY:
    case CLOSURE_VERDICT_RESET:
        return own->absence;
    case CLOSURE_VERDICT_ONE_SIDED:
        return peer->end_kind != CLOSURE_NO_END ? MIN(own->alert_evidence, peer->absence) : own->alert_evidence;
    default:
        return CLOSURE_EVIDENCE_NONE;
    }
}

/* The worst of the sides that closed without an alert of their own accord. */
static void
judge_connection_truncation(closure_judgement *judgement)
{
    if (judgement->verdict < CLOSURE_VERDICT_TRUNCATED || judgement->verdict > CLOSURE_VERDICT_RESET)
        return;
    judgement->truncation = MAX(judgement->side[0].truncation, judgement->side[1].truncation);
}

void
closure_judge_verdict(closure_judgement *judgement)
{
    gboolean holds[CLOSURE_SIDES] = { FALSE, FALSE };
    const gboolean nothing = !closure_has_closed(&judgement->side[0]) && !closure_has_closed(&judgement->side[1]);
    guint verdict = 0;

    for (; verdict < CLOSURE_VERDICT_OPEN && !holds[0] && !holds[1]; verdict++) {
        for (guint side = 0; side < CLOSURE_SIDES; side++)
            holds[side] = verdict_holds(judgement, (closure_verdict)verdict, side);
    }
    judgement->verdict = CLOSURE_VERDICT_OPEN;
    if (holds[0] || holds[1])
        judgement->verdict = (closure_verdict)(verdict - 1);
    else if (!nothing)
        judgement->verdict = CLOSURE_VERDICT_INCOMPLETE;
    for (guint side = 0; side < CLOSURE_SIDES; side++) {
        if (!holds[side])
            continue;
        const closure_evidence evidence = evidence_of_side(judgement, side);
        judgement->evidence =
            judgement->evidence == CLOSURE_EVIDENCE_NONE ? evidence : MIN(judgement->evidence, evidence);
    }
    judge_connection_truncation(judgement);
}
