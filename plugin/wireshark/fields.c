/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fields.h"

#include "compat.h"

static int field_ids[CLOSURE_FIELDS];
static int subtree_ids[CLOSURE_SUBTREES];

int
closure_field_id(closure_field field)
{
    return field_ids[field];
}

int
closure_subtree_id(closure_subtree subtree)
{
    return subtree_ids[subtree];
}

#define TEXT(field, name, filter, blurb)                                                                               \
    {                                                                                                                  \
        &field_ids[CLOSURE_FIELD_##field],                                                                             \
        {                                                                                                              \
            name, "tls_closure." filter, FT_STRING, BASE_NONE, NULL, 0, blurb, HFILL                                   \
        }                                                                                                              \
    }
#define FRAME(field, name, filter, blurb)                                                                              \
    {                                                                                                                  \
        &field_ids[CLOSURE_FIELD_##field],                                                                             \
        {                                                                                                              \
            name, "tls_closure." filter, FT_FRAMENUM, BASE_NONE, NULL, 0, blurb, HFILL                                 \
        }                                                                                                              \
    }
#define DURATION(field, name, filter, blurb)                                                                           \
    {                                                                                                                  \
        &field_ids[CLOSURE_FIELD_##field],                                                                             \
        {                                                                                                              \
            name, "tls_closure." filter, FT_RELATIVE_TIME, BASE_NONE, NULL, 0, blurb, HFILL                            \
        }                                                                                                              \
    }
#define NUMBER(field, name, filter, type, blurb)                                                                       \
    {                                                                                                                  \
        &field_ids[CLOSURE_FIELD_##field],                                                                             \
        {                                                                                                              \
            name, "tls_closure." filter, type, BASE_DEC, NULL, 0, blurb, HFILL                                         \
        }                                                                                                              \
    }

void
closure_fields_register(int protocol)
{
    static hf_register_info fields[] = {
        NUMBER(CONNECTION, "TLS connection", "connection", FT_UINT32,
               "Number of the TLS connection in this capture, from 0."),
        TEXT(SUMMARY, "Summary", "summary", "How the TLS connection ended, on one frame of each connection."),
        TEXT(EVENT, "Closing event", "event", "What this frame does to close the TLS connection."),
        TEXT(SIDE, "Side", "side", "Who does it, client or server."),
        TEXT(VERDICT, "Verdict", "verdict", "How the TLS connection ended, in one word."),
        TEXT(TRUNCATION, "Truncation", "truncation", "Whether something may have been cut off."),
        TEXT(INITIATOR, "Initiator", "initiator", "Who closed first and on its own, client or server."),
        TEXT(EVIDENCE, "Evidence", "evidence", "The weakest of what the verdict rests on."),
        TEXT(CLIENT_END, "Client closed with", "client_end", NULL),
        TEXT(SERVER_END, "Server closed with", "server_end", NULL),
        FRAME(CLOSE_NOTIFY_FRAME, "Closing alert in frame", "close_notify_frame",
              "The alert with which the initiator closed the TLS connection."),
        FRAME(PEER_CLOSE_NOTIFY_FRAME, "Peer's closing alert in frame", "peer_close_notify_frame",
              "The alert with which the other side closed the TLS connection."),
        FRAME(FIN_FRAME, "FIN in frame", "fin_frame", NULL),
        FRAME(RST_FRAME, "RST in frame", "rst_frame", NULL),
        FRAME(LATE_FRAME, "Late data in frame", "late_frame",
              "Something that a side still sent after its own closing alert, or in knowledge of the peer's close."),
        DURATION(IDLE_TIME, "Idle time", "idle_time",
                 "Time from the last application data in either direction to the first closing event."),
        DURATION(ANSWER_TIME, "Answer time", "answer_time", "Time from close_notify to the peer's close_notify."),
        DURATION(FIN_DELAY, "FIN delay", "fin_delay", "Time from a side's close_notify to its own FIN."),
        DURATION(DURATION, "Duration of the close", "duration", "Time from the first closing event to the last."),
        NUMBER(AT_RISK, "Octets at risk", "at_risk", FT_UINT64,
               "Octets that one side sent and the other had not acknowledged when the connection ended."),
        TEXT(ALERT, "Closing sequence", "alert", "What this alert is in the closing sequence."),
    };
    static int *subtrees[CLOSURE_SUBTREES];

    for (guint i = 0; i < CLOSURE_SUBTREES; i++) {
        subtree_ids[i] = -1;
        subtrees[i] = &subtree_ids[i];
    }
    proto_register_field_array(protocol, fields, array_length(fields));
    proto_register_subtree_array(subtrees, array_length(subtrees));
}
