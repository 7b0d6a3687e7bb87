/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "words.h"

#include "names.h"

#define SECOND      G_GINT64_CONSTANT(1000000000)
#define MILLISECOND G_GINT64_CONSTANT(1000000)

/* Shorter than this, a pause says nothing of why a side closed. */
#define IDLE_ENOUGH SECOND

/* What a sentence about side X needs. */
struct tale {
    const closure_judgement *judgement;
    const closure_side_judgement *own;
    const closure_side_judgement *peer;
    const closure_direction *own_facts;
    const closure_direction *peer_facts;
    const char *who;   /* X */
    const char *whose; /* Y */
    GString *out;
};

static struct tale
begin(const closure_judgement *judgement, guint side, GString *out)
{
    const guint peer = CLOSURE_PEER(side);
    const struct tale tale = {
        .judgement = judgement,
        .own = &judgement->side[side],
        .peer = &judgement->side[peer],
        .own_facts = &judgement->facts.side[side],
        .peer_facts = &judgement->facts.side[peer],
        .who = closure_word_side(judgement, side),
        .whose = closure_word_side(judgement, peer),
        .out = out,
    };
    return tale;
}

void
closure_say_time(gint64 nanoseconds, GString *out)
{
    if (nanoseconds >= SECOND)
        g_string_append_printf(out, "%.1f s", (double)nanoseconds / (double)SECOND);
    else if (nanoseconds >= MILLISECOND)
        g_string_append_printf(out, "%.1f ms", (double)nanoseconds / (double)MILLISECOND);
    else
        g_string_append_printf(out, "%" G_GINT64_FORMAT " us", MAX(nanoseconds, 0) / 1000);
}

static void
say_count(GString *out, guint64 count, const char *one, const char *many)
{
    g_string_append_printf(out, "%" G_GUINT64_FORMAT " %s", count, count == 1 ? one : many);
}

static const char *
end_word(const closure_side_judgement *side)
{
    const char *word = closure_word_end(side->end_kind);

    return word != NULL ? word : "end";
}

static const char *
ending(const closure_side_judgement *side)
{
    return side->end_kind == CLOSURE_END_RST ? "reset the connection (RST)" : "closed (FIN)";
}

/* ---- how a side closed, short ---- */

static void
say_alert_short(const closure_side_judgement *side, GString *out)
{
    if (side->alert.was_read)
        g_string_append(out, closure_name_of_alert(side->alert.description));
    else if (side->alert_kind == CLOSURE_ERROR_ALERT)
        g_string_append(out, "probably an error alert");
    else if (side->alert_evidence == CLOSURE_EVIDENCE_ENCRYPTED)
        g_string_append(out, "encrypted alert");
    else
        g_string_append(out, "probably close_notify");
}

void
closure_say_alert_short(const closure_judgement *judgement, guint side, GString *out)
{
    say_alert_short(&judgement->side[side], out);
}

void
closure_say_way(const closure_judgement *judgement, guint side, GString *out)
{
    const struct tale tale = begin(judgement, side, out);
    const gsize before = out->len;

    if (tale.own->alert_kind != CLOSURE_NO_ALERT)
        say_alert_short(tale.own, out);
    if (tale.own_facts->fin.frame != 0)
        g_string_append_printf(out, "%sFIN", out->len > before ? ", " : "");
    if (tale.own_facts->rst.at.frame != 0)
        g_string_append_printf(out, "%sRST", out->len > before ? ", " : "");
    if (out->len == before)
        g_string_append(out, "-");
}

/* ---- what an alert is ---- */

static void
say_alert_name(const closure_side_judgement *side, GString *out)
{
    const gboolean is_error = side->alert_kind == CLOSURE_ERROR_ALERT;

    if (side->alert.was_read)
        g_string_append_printf(out, is_error ? "Error alert %s" : "%s", closure_name_of_alert(side->alert.description));
    else if (side->alert_evidence == CLOSURE_EVIDENCE_INFERRED)
        g_string_append(out, is_error ? "Probably an error alert" : "Probably close_notify");
    else
        g_string_append(out, is_error ? "Encrypted alert, taken for an error alert"
                                      : "Encrypted alert, taken for close_notify");
}

/* What X answered, if it did. */
static void
say_what_is_answered(const struct tale *tale)
{
    if (tale->peer->alert_kind != CLOSURE_NO_ALERT && tale->own->alert.at.ack >= tale->peer->alert.end)
        g_string_append_printf(tale->out, "the %s's %s in frame %u", tale->whose,
                               tale->peer->alert_kind == CLOSURE_ERROR_ALERT ? "error alert" : "close_notify",
                               tale->peer->alert.at.frame);
    else if (tale->peer->end_kind == CLOSURE_NO_END)
        g_string_append_printf(tale->out, "something of the %s that was not captured", tale->whose);
    else
        g_string_append_printf(tale->out, "the %s's %s in frame %u", tale->whose, end_word(tale->peer),
                               tale->peer->end.frame);
}

static void
say_why(const struct tale *tale)
{
    const closure_event *at = &tale->own->alert.at;

    if (tale->own->cause == CLOSURE_IN_RESPONSE || tale->own->alert_is_reaction) {
        g_string_append_printf(tale->out, ": the %s answers ", tale->who);
        say_what_is_answered(tale);
        return;
    }
    g_string_append_printf(tale->out, ": the %s closes", tale->who);
    if (at->data_time == CLOSURE_NO_TIME)
        return;
    const gint64 idle = at->time - at->data_time;

    g_string_append(tale->out, idle >= IDLE_ENOUGH ? " after " : " ");
    closure_say_time(idle, tale->out);
    g_string_append(tale->out, idle >= IDLE_ENOUGH ? " without application data" : " after the last application data");
}

static void
say_own_end(const struct tale *tale)
{
    const closure_side_judgement *own = tale->own;

    if (own->end_kind == CLOSURE_NO_END) {
        if (tale->judgement->is_final)
            g_string_append(tale->out, "; no FIN of its own was captured");
    } else if (own->end.frame == own->alert.at.frame) {
        g_string_append_printf(tale->out, "; its %s is in the same frame", end_word(own));
    } else {
        g_string_append_printf(tale->out, "; its %s %s in frame %u", end_word(own),
                               own->ended_before_alert ? "was" : "follows", own->end.frame);
    }
}

static void
say_answer(const struct tale *tale)
{
    const closure_side_judgement *peer = tale->peer;
    GString *out = tale->out;

    if (tale->own->cause != CLOSURE_ON_ITS_OWN)
        return;
    if (peer->alert_kind != CLOSURE_NO_ALERT) {
        g_string_append_printf(out,
                               peer->cause == CLOSURE_ON_ITS_OWN ? "; the %s closes at the same time with "
                                                                 : "; the %s answers with ",
                               tale->whose);
        /* The sentence began with "Probably", or with what an alert is taken for: once is enough. */
        if (!tale->own->alert.was_read && peer->alert_kind == CLOSURE_CLOSE_NOTIFY)
            g_string_append(out, closure_word_alert(peer->alert_kind));
        else
            say_alert_short(peer, out);
        g_string_append_printf(out, " in frame %u", peer->alert.at.frame);
    } else if (peer->end_kind != CLOSURE_NO_END) {
        g_string_append_printf(out, "; the %s sends only a %s, in frame %u", tale->whose, end_word(peer),
                               peer->end.frame);
    } else if (tale->judgement->is_final) {
        g_string_append_printf(out, "; no answer of the %s was captured", tale->whose);
    }
}

/* The more of them, the weaker the guess. */
static void
say_others_of_its_size(const struct tale *tale)
{
    const closure_lookalikes *others = &tale->own_facts->lookalikes;

    if (others->count == 0 || others->length != tale->own->alert.end - tale->own->alert.start)
        return;
    g_string_append(tale->out, "; it sent ");
    say_count(tale->out, others->count, "other record of that size before", "other records of that size before");
}

void
closure_say_alert(const closure_judgement *judgement, guint side, GString *out)
{
    const struct tale tale = begin(judgement, side, out);

    if (tale.own->alert_kind == CLOSURE_ACKNOWLEDGMENT) {
        g_string_append_printf(out, "Alert that cannot be read: the %s acknowledges the %s's error alert in frame %u",
                               tale.who, tale.whose, tale.peer->alert.at.frame);
        say_own_end(&tale);
        return;
    }
    say_alert_name(tale.own, out);
    say_why(&tale);
    say_own_end(&tale);
    say_answer(&tale);
    if (tale.own->alert_may_be_refusal)
        g_string_append(out, "; more probably a refusal of the client's certificate or Finished");
    if (tale.own->alert_evidence == CLOSURE_EVIDENCE_INFERRED)
        say_others_of_its_size(&tale);
}

void
closure_say_harmless_alert(const closure_judgement *judgement, guint side, GString *out)
{
    const struct tale tale = begin(judgement, side, out);

    g_string_append_printf(out,
                           "Encrypted alert of the %s, taken for a warning: it closes nothing, for records of the "
                           "%s follow",
                           tale.who, tale.who);
}

/* ---- findings ---- */

static void
say_absence(const struct tale *tale)
{
    if (tale->own->absence == CLOSURE_EVIDENCE_INFERRED)
        g_string_append(tale->out, " (without keys, padding may hide an alert)");
}

static void
say_cut(const struct tale *tale)
{
    const closure_side_judgement *own = tale->own;

    g_string_append_printf(tale->out, "The %s %s inside a TLS record: ", tale->who, ending(own));
    if (own->cut_announced == 0)
        g_string_append_printf(tale->out, "only %" G_GUINT64_FORMAT " octets of its header arrived", own->cut_arrived);
    else
        g_string_append_printf(tale->out, "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " octets arrived",
                               own->cut_arrived, own->cut_announced);
    g_string_append_printf(tale->out, "; the rest never reached the %s", tale->whose);
}

/* What was lost, as far as acknowledgments tell; they may still come while the connection goes on. */
static void
say_loss(const struct tale *tale)
{
    if (!tale->judgement->is_final)
        return;
    if (tale->own->at_risk > 0) {
        g_string_append(tale->out, "; ");
        say_count(tale->out, tale->own->at_risk, "octet was never acknowledged", "octets were never acknowledged");
    } else if (tale->own->truncation == CLOSURE_TRUNCATION_UNLIKELY) {
        g_string_append(tale->out, "; nothing that it sent seems to be cut off");
    }
}

static void
say_end_without_alert(const struct tale *tale)
{
    const closure_side_judgement *own = tale->own;
    GString *out = tale->out;

    if (own->cut_short) {
        say_cut(tale);
        return;
    }
    g_string_append_printf(out, "The %s %s without close_notify", tale->who, ending(own));
    if (own->left_unanswered && tale->own == &tale->judgement->side[CLOSURE_PEER(tale->judgement->client)])
        g_string_append_printf(out, " and left the %s's last request unanswered", tale->whose);
    else if (own->left_unanswered)
        g_string_append_printf(out, " after the %s's last data", tale->whose);
    else if (tale->own_facts->data.first_end != 0)
        g_string_append_printf(out, " while it was the last to send data: the %s cannot know that it got everything",
                               tale->whose);
    if (tale->judgement->crossing)
        g_string_append(out, " (begun by both at the same time)");
    say_loss(tale);
    say_absence(tale);
}

/* @param verb  "sent" or "got" */
static void
say_last_message(const closure_direction *direction, const char *verb, GString *out)
{
    const char *name = closure_name_of_handshake(direction->last_message);

    if (direction->sent_no_tls && !direction->has_shown_tls)
        g_string_append_printf(out, "it had %s something that is no TLS", verb);
    else if (direction->last_message == 0)
        g_string_append_printf(out, "it had %s %s", verb,
                               direction->record.type == 0 ? "nothing" : "no handshake message");
    else
        g_string_append_printf(out, "the last it %s was %s", verb, name != NULL ? name : "a message of unknown type");
}

static void
say_handshake_closed(const struct tale *tale)
{
    g_string_append_printf(tale->out, "The %s %s during the handshake, without an alert: ", tale->who,
                           ending(tale->own));
    say_last_message(tale->own_facts, "sent", tale->out);
    g_string_append(tale->out, ", ");
    say_last_message(tale->peer_facts, "got", tale->out);
}

static void
say_error_alert(const struct tale *tale)
{
    const closure_side_judgement *own = tale->own;
    GString *out = tale->out;

    if (own->alert.was_read)
        g_string_append_printf(out, "The %s sent the error alert %s", tale->who,
                               closure_name_of_alert(own->alert.description));
    else
        g_string_append_printf(out, "The %s probably sent an error alert, which cannot be read without keys",
                               tale->who);
    if (own->alert_is_reaction && tale->peer->end_kind == CLOSURE_NO_END)
        g_string_append_printf(out, " in answer to something of the %s that was not captured", tale->whose);
    else if (own->alert_is_reaction)
        g_string_append_printf(out, " in reaction to the %s's %s in frame %u: the cause is there", tale->whose,
                               end_word(tale->peer), tale->peer->end.frame);
    else if (own->completion == CLOSURE_NOT_COMPLETED)
        g_string_append(out, ": the handshake failed");
    else
        g_string_append(out, " and gave up the connection");
}

static void
say_kinds(guint8 kinds, GString *out)
{
    if (kinds == CLOSURE_KIND_HANDSHAKE)
        g_string_append(out, " of handshake messages, such as session tickets");
    else if (kinds == CLOSURE_KIND_DATA)
        g_string_append(out, " of application data");
}

static void
say_records(const struct tale *tale, const closure_records *records)
{
    g_string_append_printf(tale->out, "The %s sent %s", tale->who, tale->judgement->is_final ? "" : "at least ");
    say_count(tale->out, records->count, "record", "records");
    say_kinds(records->kinds, tale->out);
    g_string_append_printf(tale->out, " (%" G_GUINT64_FORMAT " octets)", records->octets);
}

static void
say_data_after_alert(const struct tale *tale)
{
    say_records(tale, &tale->own_facts->rare->after_alert);
    g_string_append_printf(tale->out, " after its own %s: the %s must ignore them",
                           tale->own->alert_kind == CLOSURE_ERROR_ALERT ? "error alert" : "close_notify", tale->whose);
}

static void
say_data_after_encrypted_alert(const struct tale *tale)
{
    say_records(tale, &tale->own_facts->rare->after_harmless);
    g_string_append_printf(
        tale->out, " after an alert that cannot be read (frame %u): ", tale->own_facts->rare->harmless.at.frame);
    if (tale->own_facts->rare->alert_followed)
        g_string_append(tale->out, "it was a harmless warning, since another alert follows");
    else
        g_string_append_printf(tale->out,
                               "if it was a warning, they are in order; if it was close_notify, the %s must "
                               "ignore them",
                               tale->whose);
}

static void
say_unanswered(const struct tale *tale)
{
    const closure_side_judgement *peer = tale->peer;

    /* Without the alert's frame: so common a text is to be the same for all, as lists of expert infos compare texts. */
    g_string_append_printf(tale->out, "The %s %s without close_notify in answer to the %s's %s", tale->who,
                           ending(tale->own), tale->whose,
                           peer->alert.was_read ? "close_notify" : "alert, if that was a close_notify");
    if (tale->own_facts->rare->reply_to_alert.count > 0)
        g_string_append(tale->out, ", and had still sent application data: that may be cut off unnoticed");
    say_absence(tale);
}

static void
say_fin_answered(const struct tale *tale)
{
    g_string_append_printf(tale->out,
                           "The %s sent application data after the %s's FIN in frame %u, then closed (%s) "
                           "without close_notify: that data may be cut off unnoticed",
                           tale->who, tale->whose, tale->peer->end.frame, end_word(tale->own));
    say_absence(tale);
}

static void
say_data_after_peer_alert(const struct tale *tale)
{
    const closure_records *reply = &tale->own_facts->rare->reply_to_alert;

    say_records(tale, reply);
    g_string_append_printf(tale->out, " although it had got the %s's %s in frame %u", tale->whose,
                           tale->peer->alert.was_read ? "close_notify" : "alert", tale->peer->alert.at.frame);
    if (tale->peer_facts->rst.at.frame > reply->first.frame)
        g_string_append_printf(tale->out, "; the %s answered with RST: that data is lost", tale->whose);
    else
        g_string_append(tale->out, "; RFC 5246 says to discard what is still to be written");
}

static void
say_rst_after_alert(const struct tale *tale)
{
    const closure_reset *rst = &tale->own_facts->rst;

    g_string_append_printf(tale->out, "The %s reset the connection after its close_notify, without FIN", tale->who);
    if (rst->own_unacked > 0) {
        g_string_append(tale->out, "; ");
        say_count(tale->out, rst->own_unacked, "octet", "octets");
        g_string_append_printf(tale->out, " of its data had not been acknowledged: the %s may never have got that",
                               tale->whose);
    }
    if (rst->peer_unacked > 0) {
        g_string_append(tale->out, "; ");
        say_count(tale->out, rst->peer_unacked, "octet", "octets");
        g_string_append_printf(tale->out, " of the %s's data had not been acknowledged: lost", tale->whose);
    }
    if (rst->own_unacked == 0 && rst->peer_unacked == 0)
        g_string_append_printf(tale->out, ": what the %s had not read yet may be discarded", tale->whose);
}

static void
say_rst_after_fin(const struct tale *tale)
{
    const guint64 lost = tale->own_facts->rst.peer_unacked;

    g_string_append_printf(tale->out, "The %s had closed (FIN) and answers what still arrives with RST", tale->who);
    if (lost == 0) {
        g_string_append(tale->out, ": harmless, no application data is lost");
        return;
    }
    g_string_append(tale->out, ": ");
    say_count(tale->out, lost, "octet", "octets");
    g_string_append_printf(tale->out, " of the %s's application data had not been acknowledged: lost", tale->whose);
}

static void
say_cleartext(const struct tale *tale, const closure_finding *finding)
{
    if (finding->severity == CLOSURE_CHAT)
        g_string_append_printf(tale->out, "The %s goes on in clear text after both sides closed TLS", tale->who);
    else
        g_string_append_printf(tale->out,
                               "The %s sent octets that are no TLS record after its close_notify, which the "
                               "%s had not answered",
                               tale->who, tale->whose);
}

static void
say_odd_ttl(const struct tale *tale)
{
    const closure_odd_ttl *odd = &tale->own_facts->rare->odd_ttl;

    g_string_append_printf(tale->out,
                           "TTL %u, where the earlier segments of the %s had %u: it may have been injected by "
                           "something between",
                           odd->ttl, tale->who, odd->usual);
}

static gboolean
has_holes(const closure_stream *stream)
{
    return stream->holes != NULL && stream->holes->len > 0;
}

static void
say_incomplete(const struct tale *tale)
{
    const closure_direction *own = tale->own_facts;

    g_string_append_printf(tale->out, "How the %s closed cannot be told: ", tale->who);
    if (!own->was_captured)
        g_string_append(tale->out, "none of its segments was captured");
    else if (tale->own->cause == CLOSURE_CAUSE_UNKNOWN)
        g_string_append_printf(tale->out, "what it had received last from the %s was not captured", tale->whose);
    else if (own->stream.lost.start < own->stream.lost.end && !has_holes(&own->stream))
        g_string_append_printf(tale->out, "octets before its %s belong to no known TLS record", end_word(tale->own));
    else
        g_string_append_printf(tale->out, "octets before its %s were not captured", end_word(tale->own));
}

static void
say_orderly(const closure_judgement *judgement, GString *out)
{
    g_string_append(out, "Orderly close");
    if (judgement->crossing)
        g_string_append(out, ", begun by both at the same time");
    else if (judgement->initiator != CLOSURE_NOBODY)
        g_string_append_printf(out, ", begun by the %s", closure_word_side(judgement, judgement->initiator));
}

void
closure_say_finding(const closure_judgement *judgement, const closure_finding *finding, GString *out)
{
    const struct tale tale = begin(judgement, finding->side, out);

    switch (finding->id) {
    case CLOSURE_FINDING_FIN_WITHOUT_CLOSE_NOTIFY:
    case CLOSURE_FINDING_RST_WITHOUT_CLOSE_NOTIFY:
        say_end_without_alert(&tale);
        break;
    case CLOSURE_FINDING_HANDSHAKE_CLOSED:
        say_handshake_closed(&tale);
        break;
    case CLOSURE_FINDING_FATAL_ALERT:
        say_error_alert(&tale);
        break;
    case CLOSURE_FINDING_DATA_AFTER_CLOSE_NOTIFY:
    case CLOSURE_FINDING_DATA_AFTER_FATAL_ALERT:
        say_data_after_alert(&tale);
        break;
    case CLOSURE_FINDING_DATA_AFTER_ENCRYPTED_ALERT:
        say_data_after_encrypted_alert(&tale);
        break;
    case CLOSURE_FINDING_CLOSE_NOTIFY_UNANSWERED:
        say_unanswered(&tale);
        break;
    case CLOSURE_FINDING_FIN_ANSWERED_WITHOUT_CLOSE_NOTIFY:
        say_fin_answered(&tale);
        break;
    case CLOSURE_FINDING_DATA_AFTER_PEER_CLOSE_NOTIFY:
        say_data_after_peer_alert(&tale);
        break;
    case CLOSURE_FINDING_RST_AFTER_CLOSE_NOTIFY:
        say_rst_after_alert(&tale);
        break;
    case CLOSURE_FINDING_RST_AFTER_FIN:
        say_rst_after_fin(&tale);
        break;
    case CLOSURE_FINDING_CLEARTEXT_AFTER_CLOSE:
        say_cleartext(&tale, finding);
        break;
    case CLOSURE_FINDING_CLOSE_NOTIFY_IN_HANDSHAKE:
        g_string_append_printf(out, "The %s sent close_notify before the handshake completed: it gave up", tale.who);
        break;
    case CLOSURE_FINDING_END_TTL_DIFFERS:
        say_odd_ttl(&tale);
        break;
    case CLOSURE_FINDING_CAPTURE_INCOMPLETE:
        say_incomplete(&tale);
        break;
    default:
        say_orderly(judgement, out);
    }
}

/* ---- the verdict ---- */

/* The finding that a verdict rests on; CLOSURE_FINDINGS: none. */
static gboolean
decides(closure_verdict verdict, const closure_finding *finding)
{
    switch (finding->id) {
    case CLOSURE_FINDING_DATA_AFTER_CLOSE_NOTIFY:
    case CLOSURE_FINDING_DATA_AFTER_FATAL_ALERT:
        return verdict == CLOSURE_VERDICT_VIOLATION;
    case CLOSURE_FINDING_CLEARTEXT_AFTER_CLOSE:
        return verdict == CLOSURE_VERDICT_VIOLATION && finding->severity == CLOSURE_WARNING;
    case CLOSURE_FINDING_FATAL_ALERT:
        return verdict == CLOSURE_VERDICT_FATAL_ALERT && finding->severity == CLOSURE_WARNING;
    case CLOSURE_FINDING_HANDSHAKE_CLOSED:
        return verdict == CLOSURE_VERDICT_HANDSHAKE_CLOSED;
    case CLOSURE_FINDING_FIN_WITHOUT_CLOSE_NOTIFY:
        return verdict == CLOSURE_VERDICT_TRUNCATED || verdict == CLOSURE_VERDICT_NO_CLOSE_NOTIFY;
    case CLOSURE_FINDING_RST_WITHOUT_CLOSE_NOTIFY:
        return verdict == CLOSURE_VERDICT_RESET;
    case CLOSURE_FINDING_CAPTURE_INCOMPLETE:
        return verdict == CLOSURE_VERDICT_INCOMPLETE;
    case CLOSURE_FINDING_ORDERLY:
        return verdict == CLOSURE_VERDICT_ORDERLY;
    default:
        return FALSE;
    }
}

static const closure_finding *
deciding_finding(const closure_judgement *judgement)
{
    for (guint i = 0; i < judgement->finding_count; i++)
        if (decides(judgement->verdict, &judgement->findings[i]))
            return &judgement->findings[i];
    return NULL;
}

/* One side sent close_notify: who, and how the other ended. */
static void
say_one_close_notify(const closure_judgement *judgement, GString *out)
{
    const guint side = judgement->side[0].alert_kind == CLOSURE_CLOSE_NOTIFY ? 0 : 1;
    const struct tale tale = begin(judgement, side, out);

    if (tale.own->alert.was_read)
        g_string_append_printf(out, "Only the %s sent close_notify", tale.who);
    else
        g_string_append_printf(out, "Only the %s sent what is taken for close_notify", tale.who);
    if (tale.peer->end_kind != CLOSURE_NO_END)
        g_string_append_printf(out, "; the %s closed with %s", tale.whose, end_word(tale.peer));
    else if (tale.own_facts->rst.at.frame != 0)
        g_string_append_printf(out, "; then it reset the connection");
    else
        g_string_append(out, "; the capture ends there");
}

void
closure_say_summary(const closure_judgement *judgement, GString *out)
{
    const closure_finding *finding = deciding_finding(judgement);

    if (finding != NULL)
        closure_say_finding(judgement, finding, out);
    else if (judgement->verdict == CLOSURE_VERDICT_ONE_SIDED || judgement->verdict == CLOSURE_VERDICT_CLOSING)
        say_one_close_notify(judgement, out);
    else
        g_string_append(out, closure_meaning_of_verdict(judgement->verdict));
}

/* ---- the Info column ---- */

static void
say_finding_short(const struct tale *tale, const closure_finding *finding)
{
    GString *out = tale->out;

    switch (finding->id) {
    case CLOSURE_FINDING_FIN_WITHOUT_CLOSE_NOTIFY:
    case CLOSURE_FINDING_RST_WITHOUT_CLOSE_NOTIFY:
        g_string_append_printf(
            out, tale->own->cut_short ? "%s closes inside a record" : "%s closes without close_notify", tale->who);
        break;
    case CLOSURE_FINDING_HANDSHAKE_CLOSED:
        g_string_append_printf(out, "%s closes during the handshake", tale->who);
        break;
    case CLOSURE_FINDING_FATAL_ALERT:
        g_string_append_printf(out, "%s sends ", tale->who);
        say_alert_short(tale->own, out);
        break;
    case CLOSURE_FINDING_DATA_AFTER_CLOSE_NOTIFY:
    case CLOSURE_FINDING_DATA_AFTER_FATAL_ALERT:
    case CLOSURE_FINDING_DATA_AFTER_ENCRYPTED_ALERT:
        g_string_append_printf(out, "%s sends on after its alert", tale->who);
        break;
    case CLOSURE_FINDING_CLOSE_NOTIFY_UNANSWERED:
        g_string_append_printf(out, "%s does not answer close_notify", tale->who);
        break;
    case CLOSURE_FINDING_FIN_ANSWERED_WITHOUT_CLOSE_NOTIFY:
        g_string_append_printf(out, "%s closes without close_notify after late data", tale->who);
        break;
    case CLOSURE_FINDING_DATA_AFTER_PEER_CLOSE_NOTIFY:
        g_string_append_printf(out, "%s sends data after close_notify of the %s", tale->who, tale->whose);
        break;
    case CLOSURE_FINDING_RST_AFTER_CLOSE_NOTIFY:
        g_string_append_printf(out, "%s resets after close_notify", tale->who);
        break;
    case CLOSURE_FINDING_RST_AFTER_FIN:
        g_string_append_printf(out, "%s resets after FIN, data of the %s is lost", tale->who, tale->whose);
        break;
    case CLOSURE_FINDING_CLEARTEXT_AFTER_CLOSE:
        g_string_append_printf(out, "%s goes on in clear text", tale->who);
        break;
    case CLOSURE_FINDING_CLOSE_NOTIFY_IN_HANDSHAKE:
        g_string_append_printf(out, "%s gives up the handshake", tale->who);
        break;
    case CLOSURE_FINDING_END_TTL_DIFFERS:
        g_string_append(out, "perhaps injected: other TTL");
        break;
    case CLOSURE_FINDING_CAPTURE_INCOMPLETE:
        g_string_append_printf(out, "cannot tell how %s closed", tale->who);
        break;
    default:
        say_orderly(tale->judgement, out);
    }
}

static void
say_unread_alert_short(const struct tale *tale)
{
    const closure_event *at = &tale->own->alert.at;
    const gboolean was_idle = at->data_time != CLOSURE_NO_TIME && at->time - at->data_time >= IDLE_ENOUGH;

    if (tale->own->alert_kind == CLOSURE_ACKNOWLEDGMENT) {
        g_string_append_printf(tale->out, "%s acknowledges the error alert", tale->who);
    } else if (tale->own->cause == CLOSURE_IN_RESPONSE) {
        g_string_append_printf(tale->out, "%s answers the close", tale->who);
    } else {
        g_string_append_printf(tale->out, "%s closes", tale->who);
        if (!was_idle)
            return;
        g_string_append(tale->out, " after ");
        closure_say_time(at->time - at->data_time, tale->out);
        g_string_append(tale->out, " idle");
    }
}

static gboolean
has_unread_alert_in(const closure_side_judgement *side, guint32 frame)
{
    return side->alert_kind != CLOSURE_NO_ALERT && side->alert_kind != CLOSURE_ERROR_ALERT && !side->alert.was_read &&
           side->alert.at.frame == frame;
}

gboolean
closure_say_info(const closure_judgement *judgement, guint32 frame, GString *out)
{
    const gsize before = out->len;

    for (guint side = 0; side < CLOSURE_SIDES; side++) {
        const struct tale tale = begin(judgement, side, out);

        if (has_unread_alert_in(tale.own, frame)) {
            g_string_append(out, out->len > before ? "; " : "");
            say_unread_alert_short(&tale);
        }
    }
    for (guint i = 0; i < judgement->finding_count; i++) {
        const closure_finding *finding = &judgement->findings[i];
        const struct tale tale = begin(judgement, finding->side, out);

        if (finding->frame != frame || finding->severity == CLOSURE_CHAT || !finding->is_settled)
            continue;
        g_string_append(out, out->len > before ? "; " : "");
        say_finding_short(&tale, finding);
    }
    return out->len > before;
}
