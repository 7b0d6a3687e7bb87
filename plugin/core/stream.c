/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "stream.h"

#include <string.h>

void
closure_stream_init(closure_stream *stream, guint64 begin)
{
    memset(stream, 0, sizeof *stream);
    stream->begin = stream->sent = begin;
}

static void
free_run(gpointer run)
{
    g_free(run);
}

void
closure_stream_clear(closure_stream *stream)
{
    if (stream->holes != NULL)
        g_array_unref(stream->holes);
    if (stream->pending != NULL)
        g_ptr_array_unref(stream->pending);
}

/* A run that owns its octets: they stand behind it in the same block. */
static closure_run *
own_run(const closure_run *borrowed)
{
    closure_run *run = g_malloc(sizeof *run + borrowed->count);
    guint8 *octets = (guint8 *)(run + 1);

    *run = *borrowed;
    memcpy(octets, borrowed->octets, run->count);
    run->octets = octets;
    return run;
}

closure_stream
closure_stream_copy(const closure_stream *stream)
{
    closure_stream copy = *stream;

    if (stream->holes != NULL)
        copy.holes = g_array_copy(stream->holes);
    if (stream->pending != NULL) {
        copy.pending = g_ptr_array_new_with_free_func(free_run);
        for (guint i = 0; i < stream->pending->len; i++)
            g_ptr_array_add(copy.pending, own_run(g_ptr_array_index(stream->pending, i)));
    }
    return copy;
}

static void
add_hole(closure_stream *stream, guint64 start, guint64 end)
{
    const closure_span hole = { start, end };

    if (stream->holes == NULL)
        stream->holes = g_array_new(FALSE, FALSE, sizeof(closure_span));
    g_array_append_val(stream->holes, hole);
}

/* Takes [start, end) out of the holes: none, one or several of them shrink, vanish or fall in two. */
static void
fill_holes(closure_stream *stream, guint64 start, guint64 end)
{
    GArray *holes = stream->holes;

    for (guint i = 0; i < holes->len; i++) {
        closure_span *hole = &g_array_index(holes, closure_span, i);
        const closure_span above = { end, hole->end };

        if (end <= hole->start || hole->end <= start)
            continue;
        hole->end = MIN(hole->end, MAX(start, hole->start));
        if (above.end > above.start)
            g_array_insert_val(holes, i + 1, above);
        hole = &g_array_index(holes, closure_span, i);
        if (hole->end == hole->start)
            g_array_remove_index(holes, i--);
    }
}

static void
limit_holes(closure_stream *stream)
{
    while (stream->holes->len > CLOSURE_STREAM_MOST_HOLES) {
        g_array_index(stream->holes, closure_span, 0).end = g_array_index(stream->holes, closure_span, 1).end;
        g_array_remove_index(stream->holes, 1);
    }
}

void
closure_stream_add(closure_stream *stream, const closure_segment *segment)
{
    const guint64 start = segment->position;
    const guint64 captured = start + segment->captured;
    const guint64 end = start + segment->length;

    if (start > stream->sent)
        add_hole(stream, stream->sent, start);
    if (end > MAX(captured, stream->sent))
        add_hole(stream, MAX(captured, stream->sent), end);
    stream->sent = MAX(stream->sent, end);
    if (stream->holes == NULL)
        return;
    if (captured > start)
        fill_holes(stream, start, captured);
    limit_holes(stream);
}

/* The octets of @p whole from @p position on, up to @p limit. */
static gboolean
clip(const closure_run *whole, guint64 position, guint64 limit, closure_run *run)
{
    if (position < whole->position || position >= whole->position + whole->count)
        return FALSE;
    const guint64 skipped = position - whole->position;

    *run = *whole;
    run->position = position;
    run->octets += skipped;
    run->length -= (guint32)skipped;
    run->count = (gsize)(MIN(whole->position + whole->count, limit) - position);
    return TRUE;
}

static closure_run
as_run(const closure_segment *segment)
{
    const closure_run run = {
        .position = segment->position,
        .octets = segment->octets,
        .count = segment->captured,
        .length = segment->length,
        .time = segment->time,
        .ack = segment->flags & CLOSURE_ACK ? segment->ack : 0,
        .frame = segment->frame,
    };
    return run;
}

gboolean
closure_stream_read(const closure_stream *stream, const closure_segment *now, guint64 position, closure_run *run)
{
    guint64 limit = G_MAXUINT64; /* where an older copy than the one found takes over */
    guint64 ack = G_MAXUINT64;   /* octets above were sent later, so they acknowledge at least as much */
    gboolean found = FALSE;

    for (guint i = 0; stream->pending != NULL && i < stream->pending->len; i++) {
        const closure_run *kept = g_ptr_array_index(stream->pending, i);

        if (!found && (found = clip(kept, position, limit, run)))
            continue;
        if (!found && kept->position > position) {
            limit = MIN(limit, kept->position);
            ack = MIN(ack, kept->ack);
        }
    }
    if (!found && now != NULL) {
        const closure_run whole = as_run(now);
        found = clip(&whole, position, limit, run);
    }
    if (found)
        run->ack = MIN(run->ack, ack);
    return found;
}

void
closure_stream_keep(closure_stream *stream, const closure_segment *now, guint64 reader)
{
    for (guint i = 0; stream->pending != NULL && i < stream->pending->len; i++) {
        const closure_run *kept = g_ptr_array_index(stream->pending, i);
        if (kept->position + kept->count <= reader)
            g_ptr_array_remove_index(stream->pending, i--);
    }
    if (now != NULL && now->captured > 0 && now->position + now->captured > reader) {
        const closure_run whole = as_run(now);
        if (stream->pending == NULL)
            stream->pending = g_ptr_array_new_with_free_func(free_run);
        g_ptr_array_add(stream->pending, own_run(&whole));
    }
    if (stream->pending != NULL && stream->pending->len == 0) {
        g_ptr_array_unref(stream->pending);
        stream->pending = NULL;
    }
}

void
closure_stream_divide(closure_stream *from, guint64 position, closure_stream *to)
{
    to->sent = MAX(from->sent, position);
    to->acked = from->acked;
    to->pending = from->pending;
    from->pending = NULL;
    from->sent = MIN(from->sent, position);
    if (from->holes == NULL)
        return;
    for (guint i = 0; i < from->holes->len; i++) {
        const closure_span *hole = &g_array_index(from->holes, closure_span, i);
        if (hole->end > position)
            add_hole(to, MAX(hole->start, position), hole->end);
    }
    fill_holes(from, position, G_MAXUINT64);
}

gboolean
closure_stream_is_overfull(const closure_stream *stream)
{
    gsize octets = 0;

    for (guint i = 0; stream->pending != NULL && i < stream->pending->len; i++)
        octets += ((const closure_run *)g_ptr_array_index(stream->pending, i))->count;
    return octets > CLOSURE_STREAM_MOST ||
           (stream->pending != NULL && stream->pending->len > CLOSURE_STREAM_MOST_SEGMENTS);
}

gboolean
closure_stream_is_waiting(const closure_stream *stream)
{
    return stream->pending != NULL;
}

guint64
closure_stream_next_pending(const closure_stream *stream, guint64 position)
{
    guint64 next = G_MAXUINT64;

    for (guint i = 0; stream->pending != NULL && i < stream->pending->len; i++) {
        const closure_run *kept = g_ptr_array_index(stream->pending, i);
        if (kept->position >= position)
            next = MIN(next, kept->position);
    }
    return next;
}

void
closure_stream_lose(closure_stream *stream, guint64 start, guint64 end)
{
    if (end <= start)
        return;
    stream->lost.start = stream->lost.end > stream->lost.start ? MIN(stream->lost.start, start) : start;
    stream->lost.end = MAX(stream->lost.end, end);
}

gboolean
closure_stream_has_gap(const closure_stream *stream, guint64 start, guint64 end)
{
    if (MAX(stream->lost.start, start) < MIN(stream->lost.end, end))
        return TRUE;
    for (guint i = 0; stream->holes != NULL && i < stream->holes->len; i++) {
        const closure_span *hole = &g_array_index(stream->holes, closure_span, i);
        if (MAX(hole->start, start) < MIN(hole->end, end))
            return TRUE;
    }
    return end > stream->sent;
}

gboolean
closure_stream_in_gap(const closure_stream *stream, guint64 position)
{
    return closure_stream_has_gap(stream, position, position + 1);
}
