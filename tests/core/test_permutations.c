/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Duplicates, other orders, other cuts into segments, other sequence numbers and keep-alives change nothing; what is
 * missing from a capture accuses nobody (the principle of the rules). Generated from the rules' own scripts.
 */

#include "cases.h"
#include "words/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* Mismatches that are told in full, per test. */
#define TOLD 8

/* A script and what it is judged to be as it stands. */
struct original {
    const rule_case *one;
    GPtrArray *segments;
    char *rendered; /* without events */
    gboolean crossing;
    gboolean has_gaps;
    gboolean has_syn;
    gboolean has_ttl;
    gboolean has_plaintext;
    gboolean has_other_isn;
    gboolean is_disordered; /* by itself: another exchange is too much */
    guint variants;
    guint failures;
};

typedef void (*permutation)(struct original *original);

static GPtrArray *
list_of(const GPtrArray *segments)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(script_segment_free);

    for (guint i = 0; i < segments->len; i++)
        g_ptr_array_add(list, script_segment_copy(g_ptr_array_index(segments, i)));
    return list;
}

static char *
render_segments(const GPtrArray *segments, const script_options *options, gboolean lines)
{
    script_outcome *outcome = script_run(segments, options, NULL, NULL);
    char *rendered = script_render(outcome, lines);

    script_outcome_free(outcome);
    return rendered;
}

static void
tell(const struct original *original, const char *how, guint at, const char *expected, const char *got)
{
    if (original->failures <= TOLD)
        print_error(
            "%s, segment %u (event %u)\n  script:   %s\n  expected: %s\n  got:      %s\n", how, at + 1,
            ((script_segment *)g_ptr_array_index(original->segments, MIN(at, original->segments->len - 1)))->line,
            original->one->script, expected, got);
}

/* Which of two crossing closes was captured first is a matter of order. */
static void
forget_initiators(char *rendered)
{
    char **words = g_strsplit(rendered, " ", 4);

    if (g_strv_length(words) == 4)
        strchr(strchr(rendered, ' ') + 1, ' ')[1] = '-';
    g_strfreev(words);
}

/* Takes @p segments. */
static void
expect_same(struct original *original, GPtrArray *segments, const char *how, guint at)
{
    char *got = render_segments(segments, NULL, FALSE);
    char *expected = g_strdup(original->rendered);

    if (original->crossing) {
        forget_initiators(got);
        forget_initiators(expected);
    }
    original->variants++;
    if (strcmp(got, expected) != 0) {
        original->failures++;
        tell(original, how, at, expected, got);
    }
    g_free(got);
    g_free(expected);
    g_ptr_array_unref(segments);
}

/* Every finding at warning in @p got stands in @p before. */
static gboolean
accuses_no_more(const char *before, const char *got)
{
    char **findings = g_strsplit(got, "; ", -1);
    gboolean good = TRUE;

    for (guint i = 1; i < g_strv_length(findings); i++) {
        char *finding = g_strdup(findings[i]);

        if (strchr(finding, '|') != NULL)
            *strchr(finding, '|') = '\0';
        g_strchomp(finding);
        if (g_str_has_suffix(finding, " warning") && strstr(before, finding) == NULL)
            good = FALSE;
        g_free(finding);
    }
    g_strfreev(findings);
    return good;
}

/* Takes @p segments. */
static void
expect_no_more(struct original *original, GPtrArray *segments, const char *how, guint at)
{
    char *got = render_segments(segments, NULL, FALSE);

    original->variants++;
    if (!accuses_no_more(original->rendered, got)) {
        original->failures++;
        tell(original, how, at, original->rendered, got);
    }
    g_free(got);
    g_ptr_array_unref(segments);
}

/* What cannot be picked up again after a gap may be unknown. */
static void
expect_same_or_unknown(struct original *original, GPtrArray *segments, const char *how, guint at)
{
    if (original->has_gaps || !original->has_syn)
        expect_no_more(original, segments, how, at);
    else
        expect_same(original, segments, how, at);
}

static script_segment *
at(const GPtrArray *segments, guint i)
{
    return g_ptr_array_index(segments, i);
}

static guint64
end_of(const script_segment *segment)
{
    return segment->position + segment->octets->len;
}

static gboolean
has(const script_segment *segment, guint flags)
{
    return (segment->flags & flags) != 0;
}

/* The permutations */

static guint64
highest_ack(const GPtrArray *segments, guint side, guint before)
{
    guint64 highest = 0;

    for (guint i = 0; i < before; i++)
        if (at(segments, i)->side == side && has(at(segments, i), CLOSURE_ACK))
            highest = MAX(highest, at(segments, i)->ack);
    return highest;
}

/* @p later segments after the original. For SYN and RST, order decides (§1.1). */
static gboolean
may_repeat(const struct original *original, guint i, guint later)
{
    if (i + later > original->segments->len || (original->has_other_isn && later > 1) || original->has_ttl)
        return FALSE;
    /* A copy of a keep-alive, later, is like a late arrival of what was lost. */
    if (original->has_gaps && at(original->segments, i)->is_retransmission)
        return FALSE;
    for (guint j = i; j < i + later; j++)
        if (has(at(original->segments, j), CLOSURE_RST | CLOSURE_SYN) && j != i)
            return FALSE;
    return !has(at(original->segments, i), CLOSURE_SYN | CLOSURE_RST) || later == 1;
}

static void
duplicate(struct original *original, guint i, guint later, gboolean newest_ack)
{
    GPtrArray *segments = list_of(original->segments);
    script_segment *copy = script_segment_copy(at(segments, i));

    g_array_set_size(copy->plaintexts, 0); /* nobody decrypts a copy */
    if (newest_ack && has(copy, CLOSURE_ACK))
        copy->ack = highest_ack(segments, copy->side, i + later);
    copy->time = at(segments, i + later - 1)->time;
    g_ptr_array_insert(segments, (gint)(i + later), copy);
    expect_same(original, segments, newest_ack ? "retransmitted" : "duplicated", i);
}

static void
duplicate_each(struct original *original)
{
    for (guint i = 0; i < original->segments->len; i++) {
        for (guint later = 1; later <= 4; later++) {
            if (!may_repeat(original, i, later))
                continue;
            duplicate(original, i, later, FALSE);
            duplicate(original, i, later, TRUE);
        }
    }
}

static void
exchange(struct original *original, guint i, const char *how)
{
    GPtrArray *segments = list_of(original->segments);
    gpointer kept = segments->pdata[i];
    const gint64 time = at(segments, i)->time;

    at(segments, i)->time = at(segments, i + 1)->time;
    at(segments, i + 1)->time = time;
    segments->pdata[i] = segments->pdata[i + 1];
    segments->pdata[i + 1] = kept;
    expect_same_or_unknown(original, segments, how, i);
}

static void
exchange_each_in_one_direction(struct original *original)
{
    for (guint i = 0; i + 1 < original->segments->len && !original->is_disordered; i++) {
        const script_segment *first = at(original->segments, i);
        const script_segment *second = at(original->segments, i + 1);
        const gboolean matters = has(first, CLOSURE_SYN | CLOSURE_RST) || has(second, CLOSURE_SYN | CLOSURE_RST) ||
                                 first->is_retransmission || second->is_retransmission;

        if (first->side == second->side && !matters && !original->has_ttl && !original->has_plaintext)
            exchange(original, i, "exchanged in one direction");
    }
}

/*
 * Accepted: what comes before the first sign of TLS and is none itself is not kept; and a record that is captured
 * before the ClientHello that it acknowledges counts for the connection that has just ended.
 */
static gboolean
is_beyond_order(const struct original *original, const script_segment *first, const script_segment *second)
{
    const char *script = original->one->script;

    if (first->line == 2 && second->line == 3 && strstr(script, "C ch; S raw(") != NULL)
        return TRUE;
    return first->line == 11 && second->line == 12 && strstr(script, "C ch; S alert(2,40); S fin") != NULL;
}

static void
exchange_each_across(struct original *original)
{
    for (guint i = 0; i + 1 < original->segments->len && !original->is_disordered; i++) {
        const script_segment *first = at(original->segments, i);
        const script_segment *second = at(original->segments, i + 1);
        const gboolean matters = has(first, CLOSURE_SYN | CLOSURE_RST) || has(second, CLOSURE_SYN | CLOSURE_RST);

        if (first->side != second->side && !matters && !is_beyond_order(original, first, second))
            exchange(original, i, "exchanged across");
    }
}

static void
split(struct original *original, guint i, guint32 where)
{
    GPtrArray *segments = list_of(original->segments);
    const script_segment *whole = at(original->segments, i);

    g_ptr_array_insert(segments, (gint)i + 1, script_segment_slice(whole, where, whole->octets->len));
    g_ptr_array_insert(segments, (gint)i + 1, script_segment_slice(whole, 0, where));
    g_ptr_array_remove_index(segments, i);
    /* One octet that comes late may as well be a keep-alive: then it is unknown. */
    if (original->is_disordered && (where == 1 || where + 1 == whole->octets->len))
        expect_no_more(original, segments, "split", i);
    else
        expect_same_or_unknown(original, segments, "split", i);
}

static void
split_each(struct original *original)
{
    for (guint i = 0; i < original->segments->len; i++) {
        const script_segment *segment = at(original->segments, i);
        const guint32 length = segment->octets->len;
        const guint32 places[] = { 1, 3, 5, length / 2, length - 1, length - 5 };

        if (has(segment, CLOSURE_RST) || original->has_ttl || segment->is_retransmission)
            continue;
        for (guint k = 0; k < G_N_ELEMENTS(places); k++)
            if (places[k] > 0 && places[k] < length)
                split(original, i, places[k]);
    }
}

static void
split_all_into_octets(struct original *original)
{
    GPtrArray *segments = g_ptr_array_new_with_free_func(script_segment_free);

    if (original->has_ttl || original->has_gaps) {
        g_ptr_array_unref(segments);
        return;
    }
    for (guint i = 0; i < original->segments->len; i++) {
        const script_segment *segment = at(original->segments, i);
        const guint32 length = segment->octets->len;

        if (has(segment, CLOSURE_RST) || length < 2 || segment->is_retransmission) {
            g_ptr_array_add(segments, script_segment_copy(segment));
            continue;
        }
        for (guint32 from = 0; from < length; from++)
            g_ptr_array_add(segments, script_segment_slice(segment, from, from + 1));
    }
    /* So many wait above what is late that it is given up. */
    if (strstr(original->one->script, "late(") != NULL)
        expect_no_more(original, segments, "split into octets", 0);
    else
        expect_same_or_unknown(original, segments, "split into octets", 0);
}

static void
join_each(struct original *original)
{
    for (guint i = 0; i + 1 < original->segments->len; i++) {
        const script_segment *first = at(original->segments, i);
        const script_segment *second = at(original->segments, i + 1);
        const gboolean fits = first->side == second->side && end_of(first) == second->position &&
                              first->ack == second->ack && !has(first, CLOSURE_SYN | CLOSURE_RST | CLOSURE_FIN) &&
                              !has(second, CLOSURE_SYN | CLOSURE_RST) && first->captured == first->octets->len;

        if (!fits || original->has_ttl)
            continue;
        GPtrArray *segments = list_of(original->segments);
        script_segment *joined = at(segments, i);

        for (guint k = 0; k < second->plaintexts->len; k++) {
            script_plaintext plaintext = g_array_index(second->plaintexts, script_plaintext, k);
            plaintext.end += joined->octets->len;
            g_array_append_val(joined->plaintexts, plaintext);
        }
        joined->captured += second->captured;
        g_byte_array_append(joined->octets, second->octets->data, second->octets->len);
        joined->flags |= second->flags;
        joined->time = second->time;
        g_ptr_array_remove_index(segments, i + 1);
        expect_same_or_unknown(original, segments, "joined", i);
    }
}

static void
wrap(struct original *original, guint i, guint32 shift, const char *expected)
{
    const script_segment *segment = at(original->segments, i);
    script_options options = { .initial = { 1000, 5000 } };

    options.initial[segment->side] = 0 - (guint32)segment->position - shift;
    char *got = render_segments(original->segments, &options, TRUE);
    original->variants++;
    if (strcmp(got, expected) != 0) {
        original->failures++;
        tell(original, "numbers wrap", i, expected, got);
    }
    g_free(got);
}

static void
wrap_at_each(struct original *original)
{
    char *expected = render_segments(original->segments, NULL, TRUE);

    for (guint i = 0; i < original->segments->len; i++) {
        const guint32 length = at(original->segments, i)->octets->len;

        wrap(original, i, 0, expected);
        wrap(original, i, G_MAXUINT32, expected);
        if (length > 1)
            wrap(original, i, length / 2, expected);
        wrap(original, i, length + 1, expected);
        wrap(original, i, G_GUINT64_CONSTANT(1) << 31, expected);
    }
    g_free(expected);
}

/* Whether the side can send a keep-alive after segment i: it has sent, no FIN, and all of it was acknowledged. */
static gboolean
may_keep_alive(const GPtrArray *segments, guint side, guint i, guint64 *next)
{
    gboolean sent = FALSE;

    *next = 0;
    for (guint k = 0; k <= i; k++) {
        const script_segment *segment = at(segments, k);

        if (has(segment, CLOSURE_RST) || (segment->side == side && has(segment, CLOSURE_FIN)))
            return FALSE;
        if (segment->side != side)
            continue;
        if (segment->octets->len > 0)
            *next = MAX(*next, end_of(segment));
        sent |= segment->octets->len > 0;
    }
    return sent && highest_ack(segments, CLOSURE_PEER(side), i + 1) == *next;
}

static void
keep_alive(struct original *original, guint side, guint i, guint64 next, const char *octet)
{
    GPtrArray *segments = list_of(original->segments);
    script_segment *probe = script_segment_slice(at(segments, i), 0, 0);

    probe->side = side;
    probe->position = next - 1;
    probe->ack = highest_ack(segments, side, i + 1);
    probe->flags = CLOSURE_ACK;
    g_byte_array_append(probe->octets, (const guint8 *)octet, octet[0] == '\0' ? 0 : 1);
    probe->captured = probe->octets->len;
    g_ptr_array_insert(segments, (gint)i + 1, probe);
    expect_same(original, segments, octet[0] == '\0' ? "empty keep-alive after" : "keep-alive after", i);
}

static void
keep_alive_after_each(struct original *original)
{
    guint64 next;

    if (original->has_ttl || original->has_other_isn)
        return;
    for (guint i = 0; i < original->segments->len; i++) {
        for (guint side = 0; side < CLOSURE_SIDES; side++) {
            if (!may_keep_alive(original->segments, side, i, &next))
                continue;
            keep_alive(original, side, i, next, "");
            keep_alive(original, side, i, next, "x");
        }
    }
}

/*
 * Where the rules themselves say that what remains is to be accused: nothing in the capture shows that something is
 * missing, or "the last record before the FIN decides" (§2).
 */
static const struct excuse {
    const char *part; /* of the script */
} excuses[] = {
    /* A RST without ACK flag: "if the peer's closing alert or FIN was captured before it" (§1.5). */
    { "hs12; C app(100); S app(500); S alert12; C rst noack" },
    { "hs12; C app(100); S app(500); C; S alert12; C rst noack" },
    { "hs12; C app(100); S app(500); S fin; C rst noack" },
    /* "or comes after its RST" (§1.5): a RST leaves no trace in numbers. */
    { "C rst; S alert12=" },
    /* After a RST, "neither a SYN nor octets that it had not sent before" (§1.1). */
    { "S rst; S app(50)" },
    { "S rst; S fin" },
    { "S rst; S syn" },
    /* "was not acknowledged before the RST" (§2). */
    { "S app(500); C; S alert12=alert(1,0); S rst; C fin" },
    { "C alert13=alert(1,0); C fin; S app(300)=data; C rst noack" },
    /* A direction that is only seen from the midst of a handshake on. */
    { "S sh12 lost; S cert shdone; C cke ccs hs(40); S fin" },
    /* Records after an alert, and no ClientHello before. */
    { "tcp; C ch; S alert(2,40); S sh12; S fin" },
    /* Octets above a FIN. */
    { "S fin; S seq(-1) alert12" },
    { "S fin; S seq(-1) app" },
    /* A copy with other values stands in for the first one. */
    { "S alert12; S seq(-31) app(26)" },
};

static gboolean
is_excused(const struct original *original)
{
    for (guint k = 0; k < G_N_ELEMENTS(excuses); k++)
        if (strstr(original->one->script, excuses[k].part) != NULL)
            return TRUE;
    return FALSE;
}

/* Nothing is decrypted after a gap: the comparison is with what is judged without keys. */
static void
forget_keys(struct original *original)
{
    if (!original->has_plaintext)
        return;
    for (guint i = 0; i < original->segments->len; i++)
        g_array_set_size(at(original->segments, i)->plaintexts, 0);
    g_free(original->rendered);
    original->rendered = render_segments(original->segments, NULL, FALSE);
}

/* What was not captured accuses nobody of anything new. */
static void
drop_each(struct original *original)
{
    forget_keys(original);
    for (guint i = 0; i < original->segments->len && !is_excused(original); i++) {
        GPtrArray *segments = list_of(original->segments);

        g_ptr_array_remove_index(segments, i);
        expect_no_more(original, segments, "not captured", i);
    }
}

/* Of long segments, only the record headers and clear text, or less. */
static void
cut_each_by_snap_length(struct original *original)
{
    static const guint32 lengths[] = { 0, 1, 4, 5, 6, 7, 12, 60 };

    forget_keys(original);
    for (guint k = 0; k < G_N_ELEMENTS(lengths) && !is_excused(original); k++) {
        for (guint i = 0; i < original->segments->len; i++) {
            if (at(original->segments, i)->captured <= lengths[k])
                continue;
            GPtrArray *segments = list_of(original->segments);
            at(segments, i)->captured = lengths[k];
            expect_no_more(original, segments, "cut by snap length", i);
        }
    }
}

/* Without its ClientHello, a handshake is taken as completed (§1.4): scripts that close in it are of no use here. */
static void
begin_in_mid_stream(struct original *original)
{
    if (strncmp(original->one->script, "tcp", 3) == 0 || is_excused(original))
        return;
    /* Accepted: from a second ClientHello on, what is left of the first connection counts for the second. */
    if (strstr(original->one->script, "; C ch") != NULL)
        return;
    forget_keys(original);
    for (guint i = 1; i < original->segments->len; i++) {
        GPtrArray *segments = list_of(original->segments);

        g_ptr_array_remove_range(segments, 0, i);
        expect_no_more(original, segments, "capture begins after", i - 1);
    }
}

/* Told before the end */

struct told {
    struct original *original;
    GArray *findings; /* of closure_finding, settled, as they were told */
    closure_verdict verdict;
    gboolean is_final;
    guint32 frame;
};

static void
note_settled(const closure_track *track, guint32 frame, gpointer data)
{
    const closure_options options = { .infer_alerts = TRUE };
    struct told *told = data;
    closure_judgement judgement;
    const closure_connection *connection = closure_track_connection(track);

    if (connection == NULL)
        return;
    closure_judge(connection, &options, &judgement);
    for (guint i = 0; i < judgement.finding_count; i++)
        if (judgement.findings[i].is_settled)
            g_array_append_val(told->findings, judgement.findings[i]);
    if (judgement.is_final && !told->is_final) {
        told->is_final = TRUE;
        told->verdict = judgement.verdict;
        told->frame = frame;
    }
}

static gboolean
has_finding(const closure_judgement *judgement, const closure_finding *finding)
{
    for (guint i = 0; i < judgement->finding_count; i++) {
        const closure_finding *other = &judgement->findings[i];

        if (other->id == finding->id && other->side == finding->side && other->severity == finding->severity &&
            other->frame == finding->frame)
            return TRUE;
    }
    return FALSE;
}

/*
 * Accepted: a finding that was told early is told again, otherwise, where the capture goes on like this. Waiting for it
 * would mean that nothing is told before the capture ends.
 */
static const struct {
    closure_finding_id id;
    const char *part; /* of the script */
} withdrawn[] = {
    /* Octets, or a SYN, after a RST. */
    { CLOSURE_FINDING_RST_WITHOUT_CLOSE_NOTIFY, "S rst" },
    { CLOSURE_FINDING_HANDSHAKE_CLOSED, "S rst; S syn" },
    /* Octets above a FIN. */
    { CLOSURE_FINDING_FIN_WITHOUT_CLOSE_NOTIFY, "S fin; S seq(-1)" },
    /* A copy that acknowledges less. */
    { CLOSURE_FINDING_CLOSE_NOTIFY_UNANSWERED, "S fin; S again" },
    /* The last closing event, or the peer's last frame, was not the last. */
    { CLOSURE_FINDING_ORDERLY, "C rst" },
    { CLOSURE_FINDING_CAPTURE_INCOMPLETE, "lost" },
    { CLOSURE_FINDING_CAPTURE_INCOMPLETE, "late" },
    /* That a record of the peer is an alert shows only by what follows it. */
    { CLOSURE_FINDING_CLEARTEXT_AFTER_CLOSE, "hs13" },
};

static gboolean
may_be_withdrawn(const struct original *original, closure_finding_id id)
{
    for (guint i = 0; i < G_N_ELEMENTS(withdrawn); i++)
        if (withdrawn[i].id == id && strstr(original->one->script, withdrawn[i].part) != NULL)
            return TRUE;
    return FALSE;
}

static gboolean
still_stands(const struct original *original, const closure_judgement *judgement, const closure_finding *finding)
{
    if (has_finding(judgement, finding) || may_be_withdrawn(original, finding->id))
        return TRUE;
    if (original->failures < TOLD)
        print_error("settled, and gone: %s on segment %u\n", closure_word_finding(finding->id), finding->frame);
    return FALSE;
}

static void
settled_stays(struct original *original)
{
    struct told told = { .original = original, .findings = g_array_new(FALSE, FALSE, sizeof(closure_finding)) };
    script_outcome *outcome = script_run(original->segments, NULL, note_settled, &told);
    char *got = script_render(outcome, FALSE);
    closure_judgement judgement;
    gboolean good = strcmp(got, original->rendered) == 0;

    original->variants++;
    if (strchr(got, '|') == NULL && script_judge(outcome, &judgement)) {
        for (guint i = 0; i < told.findings->len; i++)
            good &= still_stands(original, &judgement, &g_array_index(told.findings, closure_finding, i));
        good &= !told.is_final || told.verdict == judgement.verdict ||
                may_be_withdrawn(original, CLOSURE_FINDING_RST_WITHOUT_CLOSE_NOTIFY);
    }
    if (!good) {
        original->failures++;
        tell(original, "told before the end, and otherwise then", told.frame == 0 ? 0 : told.frame - 1,
             original->rendered, got);
    }
    g_free(got);
    script_outcome_free(outcome);
    g_array_unref(told.findings);
}

/* Told of changes */

/* The truncation is an amount: it may change where nothing else does. */
static void
forget_truncation(char *rendered)
{
    char **words = g_strsplit(rendered, " ", 3);

    if (g_strv_length(words) == 3)
        strcpy(rendered + strlen(words[0]) + 1, words[2]);
    g_strfreev(words);
}

/* What waits above a hole is told when that is filled, or when the capture ends. */
static gboolean
is_waiting(const script_outcome *outcome)
{
    const closure_track *track = g_ptr_array_index(outcome->tracks, outcome->tracks->len - 1);
    const closure_connection *connection = closure_track_connection(track);

    return connection != NULL && (closure_stream_is_waiting(&connection->facts.side[0].stream) ||
                                  closure_stream_is_waiting(&connection->facts.side[1].stream));
}

/* After a segment that is said to change nothing, or amounts alone, all is judged as before. */
static void
each_change_is_told(struct original *original)
{
    GPtrArray *segments = g_ptr_array_new_with_free_func(script_segment_free);
    char *before = g_strdup("no TLS");

    for (guint i = 0; i < original->segments->len && !original->has_other_isn; i++) {
        g_ptr_array_add(segments, script_segment_copy(at(original->segments, i)));
        script_outcome *outcome = script_run(segments, NULL, NULL, NULL);
        char *now = script_render(outcome, TRUE);

        if (outcome->change == CLOSURE_AMOUNTS_CHANGE) {
            forget_truncation(before);
            forget_truncation(now);
        }
        original->variants++;
        if (outcome->change != CLOSURE_ANY_CHANGE && !is_waiting(outcome) && strcmp(now, before) != 0) {
            original->failures++;
            tell(original, "changed untold", i, before, now);
        }
        g_free(before);
        before = script_render(outcome, TRUE);
        g_free(now);
        script_outcome_free(outcome);
    }
    g_free(before);
    g_ptr_array_unref(segments);
}

/* Running */

static gboolean
contains_word(const char *script, const char *word)
{
    return strstr(script, word) != NULL;
}

static gboolean
is_crossing(const GPtrArray *segments)
{
    script_outcome *outcome = script_run(segments, NULL, NULL, NULL);
    closure_judgement judgement;
    const gboolean crossing = script_judge(outcome, &judgement) && judgement.crossing;

    script_outcome_free(outcome);
    return crossing;
}

static void
open_original(struct original *original, const rule_case *one)
{
    *original = (struct original){ .one = one, .segments = script_parse(one->script) };
    original->rendered = render_segments(original->segments, NULL, FALSE);
    original->crossing = is_crossing(original->segments);
    original->has_gaps = contains_word(one->script, "lost") || contains_word(one->script, "snap");
    original->has_syn = has(at(original->segments, 0), CLOSURE_SYN);
    original->has_ttl = contains_word(one->script, "ttl");
    original->has_plaintext = contains_word(one->script, "=");
    original->is_disordered = contains_word(one->script, "late(");
    original->has_other_isn = contains_word(one->script, "isn");
}

static void
each_variant_is_judged_alike(void **state)
{
    const permutation permute = (permutation)(gsize)*state;
    guint failures = 0;
    guint variants = 0;

    for (guint i = 0; rules[i] != NULL; i++) {
        for (const rule_block *block = rules[i]; block->name != NULL; block++) {
            for (gsize k = 0; k < block->count; k++) {
                struct original original;

                open_original(&original, &block->cases[k]);
                original.failures = failures;
                permute(&original);
                failures = original.failures;
                variants += original.variants;
                g_free(original.rendered);
                g_ptr_array_unref(original.segments);
            }
        }
    }
    print_message("%u variants, %u judged otherwise\n", variants, failures);
    assert_int_equal(failures, 0);
}

#define PERMUTATION(name)                                                                                              \
    {                                                                                                                  \
#name, each_variant_is_judged_alike, NULL, NULL, (void *)(gsize)name                                           \
    }

int
main(void)
{
    const struct CMUnitTest tests[] = {
        PERMUTATION(duplicate_each),
        PERMUTATION(exchange_each_in_one_direction),
        PERMUTATION(exchange_each_across),
        PERMUTATION(split_each),
        PERMUTATION(split_all_into_octets),
        PERMUTATION(join_each),
        PERMUTATION(wrap_at_each),
        PERMUTATION(keep_alive_after_each),
        PERMUTATION(drop_each),
        PERMUTATION(cut_each_by_snap_length),
        PERMUTATION(begin_in_mid_stream),
        PERMUTATION(settled_stays),
        PERMUTATION(each_change_is_told),
    };

    return cmocka_run_group_tests_name("permutations", tests, NULL, NULL);
}
