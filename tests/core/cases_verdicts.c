/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The verdict, its truncation, initiator and evidence (rules §3), and the scope (§5). */

#include "cases.h"

static const rule_case the_first_verdict_that_holds[] = {
    { "violation before fatal-alert",
      "hs12; C app(100); S app(500); S alert12=alert(1,0); S app(200); C alert12=alert(2,10); C fin; S fin; C",
      "violation - S decrypted; data_after_close_notify S warning 5; fatal_alert C warning 6", NULL },
    { "fatal-alert before no-close-notify",
      "hs13; C app(100); S app(500); C; C fin; S alert13=alert(2,50) ack(-1); S fin; C",
      "fatal-alert - C decrypted; fin_without_close_notify C warning 5; fatal_alert S warning 6", NULL },
    { "fatal-alert before handshake-closed", "tcp; C ch; S sh12; S cert shdone; C fin; S alert(2,40) ack(@2); S fin; C",
      "fatal-alert - C decrypted; handshake_closed C warning 5; fatal_alert S warning 6", NULL },
    { "handshake-closed before no-close-notify: one each",
      "tcp; C ch; S sh13 ccs app(2400); C ccs app(53); S fin ack(@2); C fin ack(@3); S; C",
      "handshake-closed - S inferred; handshake_closed S warning 5; fin_without_close_notify C warning 6", NULL },
    { "truncated before no-close-notify", "hs12; C app(100); S part(500,200); C fin ack(-1); S fin ack(@2); C; S",
      "truncated certain C decrypted; fin_without_close_notify C warning 4; fin_without_close_notify S warning 5",
      NULL },
    { "no-close-notify before reset", "hs12; C app(100); S app(500); C; C fin; S rst ack(-1)",
      "no-close-notify possible C decrypted; fin_without_close_notify C warning 5; rst_without_close_notify S warning "
      "6",
      NULL },
    { "truncated: by the FIN only", "hs12; C app(100); S part(500,200); C; S rst",
      "reset certain S decrypted; rst_without_close_notify S warning 5", NULL },
    { "reset before one-sided", "hs12; C app(100); S app(500); C; C alert12; S rst ack(-1)",
      "reset possible C decrypted; rst_without_close_notify S warning 6", NULL },
    { "no-close-notify before one-sided", "hs12; C app(100); S app(500); C; C alert12; S fin ack(-1); S; C fin",
      "no-close-notify possible C decrypted; fin_without_close_notify S warning 6", NULL },
    { "no-close-notify before incomplete", "hs12; C app(100); S app(500); C fin; S app(300) lost; S fin; C",
      "no-close-notify unlikely C decrypted; fin_without_close_notify C warning 4; capture_incomplete S note 6", NULL },
    { "orderly before incomplete",
      "hs12; C app(100); S app(500); C alert12; S alert12; S app(200) lost; S fin; C fin; S",
      "orderly - C encrypted; orderly chat 8", NULL },
    { "incomplete before one-sided", "hs12; C app(100); S app(500); C alert12; S app(300) lost; S fin; C fin; S",
      "incomplete - C -; capture_incomplete S note 6", NULL },
    { "one-sided: the other ended without", "hs12; C app(100); S app(500); C alert12; S fin; C fin; S",
      "one-sided - C encrypted; close_notify_unanswered S chat 5", NULL },
    { "one-sided: a RST ended the connection", "hs12; C app(100); S app(500); C alert12; S; C rst",
      "one-sided - C encrypted; rst_after_close_notify C note 6", NULL },
    { "closing: the capture ends before anything more", "hs12; C app(100); S app(500); C alert12; S",
      "closing - C encrypted", NULL },
    { "closing: the same side's FIN follows", "hs12; C app(100); S app(500); C alert12; C fin; S",
      "closing - C encrypted", NULL },
    { "incomplete, where something closed and the peer went on, not captured",
      "hs12; C app(100); S app(500); C alert12; S alert12 lost; C", "incomplete - C -", NULL },
    { "open", "hs12; C app(100); S app(500); C", "open - - -", NULL },
    { "open: in the handshake", "tcp; C ch; S sh12; S cert shdone", "open - - -", NULL },
};

static const rule_case truncation_is_certain_possible_or_unlikely[] = {
    { "certain: a record is cut short", "hs12; C app(100); S app(500); S part(500,200) fin; C; C fin; S",
      "truncated certain S decrypted; fin_without_close_notify S warning 4", NULL },
    { "not certain: octets before the cut were lost",
      "hs12; C app(100); S part(500,100); S rest(100) lost; S rest(100); S fin; C; C fin; S",
      "truncated possible S decrypted; fin_without_close_notify S warning 6", NULL },
    { "not certain: the snap length cut off octets before the cut",
      "hs12; C app(100); S part(500,100); S rest(100) snap(10); S rest(100); S fin; C; C fin; S",
      "truncated possible S decrypted; fin_without_close_notify S warning 6", NULL },
    { "possible: it was speaking", "hs12; C app(100); S app(500); C; S fin; C fin; S",
      "no-close-notify possible S decrypted; fin_without_close_notify S warning 5", NULL },
    { "possible: octets were never acknowledged", "hs12; C app(100); S app(500); C app(50) fin; S rst ack(@2)",
      "no-close-notify possible C decrypted; fin_without_close_notify C warning 4; rst_without_close_notify S warning "
      "5",
      NULL },
    { "possible: octets were never acknowledged, though it was not speaking",
      "hs12; C app(100); S app(500) ack(-1); C; C fin",
      "no-close-notify possible C decrypted; fin_without_close_notify C warning 5", NULL },
    { "possible: it spoke, since it had not acknowledged the peer's last data",
      "hs12; C app(100); S app(500); C; C app(50); S fin ack(-1); S; C fin; S",
      "no-close-notify possible S decrypted; fin_without_close_notify S warning 6", NULL },
    { "unlikely: the request was left unanswered", "hs12; C app(100); S fin; C fin; S",
      "no-close-notify unlikely S decrypted; fin_without_close_notify S warning 3", "unanswered" },
    { "unlikely: the client has its answer", "hs12; C app(100); S app(500); C fin; S alert12 fin; C",
      "no-close-notify unlikely C decrypted; fin_without_close_notify C warning 4", NULL },
    { "unlikely: reset by the client that has its answer", "hs12; C app(100); S app(500); C; C rst",
      "reset unlikely C decrypted; rst_without_close_notify C warning 5", NULL },
    { "unlikely: the peer was speaking, in the midst of its first record",
      "hs12; C app(100); S part(500,200); C fin; S",
      "no-close-notify unlikely C decrypted; fin_without_close_notify C warning 4", NULL },
};

static const rule_case evidence_is_the_weakest_of_what_the_verdict_rests_on[] = {
    { "both alerts decrypted",
      "hs13; C app(100); S app(500); C alert13=alert(1,0); S alert13=alert(1,0); C fin; S fin; C",
      "orderly - C decrypted; orderly chat 7", NULL },
    { "one decrypted, one inferred", "hs13; C app(100); S app(500); C alert13=alert(1,0); S alert13; C fin; S fin; C",
      "orderly - C inferred; orderly chat 7", NULL },
    { "one decrypted, one encrypted", "hs12; C app(100); S app(500); C alert12=alert(1,0); S alert12; C fin; S fin; C",
      "orderly - C encrypted; orderly chat 7", NULL },
    { "absence in TLS 1.2", "hs12; C app(100); S app(500); S fin; C fin; S",
      "no-close-notify possible S decrypted; fin_without_close_notify S warning 4", NULL },
    { "absence in TLS 1.3", "hs13; C app(100); S app(500); S fin; C fin; S",
      "no-close-notify possible S inferred; fin_without_close_notify S warning 4", NULL },
    { "absence in TLS 1.3: the last record was decrypted", "hs13; C app(100); S app(500)=data; S fin; C fin; S",
      "no-close-notify possible S decrypted; fin_without_close_notify S warning 4", NULL },
    { "absence in TLS 1.3: the last record was cut, and longer than an alert",
      "hs13; C app(100); S part(500,200); S fin; C fin; S",
      "truncated certain S decrypted; fin_without_close_notify S warning 4", NULL },
    { "absence in TLS 1.3: the last record was cut, and as long as an alert",
      "hs13; C app(100); S app(500) part(19,10); S fin; C fin; S",
      "truncated certain S inferred; fin_without_close_notify S warning 4", NULL },
    { "absence: the last record was read in the clear", "tcp; C ch; S sh12; S cert shdone; C fin; S fin; C",
      "handshake-closed - C decrypted; handshake_closed C warning 5", NULL },
    { "absence: it sent none", "tcp; C ch; S rst", "handshake-closed - S decrypted; handshake_closed S warning 3",
      NULL },
    { "fatal-alert: that of the alert itself",
      "hs13; C app(100); S app(500); C alert13=alert(2,20); S alert13; S fin; C fin",
      "fatal-alert - C decrypted; fatal_alert C warning 4", NULL },
    { "one-sided: the absence counts too", "hs13; C app(100); S app(500); C alert13=alert(1,0); S fin; C fin; S",
      "one-sided - C inferred; close_notify_unanswered S note 5", NULL },
    { "none for open", "hs13; C app(100); S app(500)", "open - - -", NULL },
};

static const rule_case the_client_sent_the_client_hello[] = {
    { "after STARTTLS",
      "tcp; S raw(220_hello); C raw(STARTTLS); S raw(220_go); C ch; S sh12; S cert shdone; C cke ccs hs(40); "
      "S ccs hs(40); C alert12; S alert12; C fin; S fin; C",
      "orderly - C encrypted; orderly chat 13", "the client" },
    { "against the SYN: the side that connected is the TLS server",
      "tcp; S ch; C sh12; C cert shdone; S cke ccs hs(40); C ccs hs(40); S alert12; C alert12; S fin; C fin; S",
      "orderly - S encrypted; orderly chat 10", "begun by the client" },
    { "no ClientHello: the sender of the SYN",
      "C syn; S syn; C; C ch lost; S sh12; S cert shdone; C cke ccs hs(40); S ccs hs(40); C alert12; S alert12; C fin; "
      "S fin",
      "orderly - C encrypted; orderly chat 12", "begun by the client" },
    { "no ClientHello: the sender of the SYN, whatever the ports",
      "S syn; C syn; S; C app(100); S app(500); S alert12; C alert12; S fin; C fin; S",
      "orderly - S encrypted; orderly chat 9", "begun by the client" },
    { "no SYN: the side of the higher port", "S app(500); C app(100); C alert12; S alert12; C fin; S fin; C",
      "orderly - C encrypted; orderly chat 6", "begun by the client" },
};

static const rule_case tls_on_any_connection[] = {
    { "after HTTP CONNECT",
      "tcp; C raw(CONNECT); S raw(HTTP/1.1_200); C ch; S sh13 ccs app(2400); C ccs app(53); S app(250); C app(100); S "
      "app(500); "
      "C alert13; S alert13; C fin; S fin; C",
      "orderly - C inferred; orderly chat 13", NULL },
    { "in the segment of a proxy's line",
      "tcp; C raw(PROXY_TCP4_10.0.0.1_10.0.0.2_4000_443) ch; S alert(2,40) fin; C fin; S",
      "fatal-alert - S decrypted; fatal_alert S warning 3", "the handshake failed" },
    { "a second one that is refused", "hs12; C alert12; S alert12; C ch; S sh12; S cert shdone; C cke; S fin; C fin; S",
      "orderly - C encrypted; orderly chat 3 | handshake-closed - S decrypted; handshake_closed S warning 8",
      "the last it sent was ServerHelloDone, the last it got was ClientKeyExchange" },
    { "a second TLS connection after both close_notify",
      "hs12; C app(100); S app(500); C alert12; S alert12; C ch; S sh12; S cert shdone; C cke ccs hs(40); S ccs "
      "hs(40); "
      "C app(100); S app(500) fin; C fin; S",
      "orderly - C encrypted; orderly chat 5 | no-close-notify possible S decrypted; fin_without_close_notify S "
      "warning 12",
      NULL },
    { "a second one in TLS 1.3",
      "hs13; C app(100); S app(500); C alert13; S alert13; C ch; S sh13 ccs app(2400); C ccs app(53); S; C alert13; S "
      "alert13; "
      "C fin; S fin; C",
      "orderly - C inferred; orderly chat 5 | orderly - C inferred; orderly chat 13", NULL },
    { "three of them",
      "hs12; C alert12; S alert12; C ch; S sh12; S cert shdone; C cke ccs hs(40); S ccs hs(40); C alert12; S "
      "alert12; C ch; S alert(2,40); S fin; C fin; S",
      "orderly - C encrypted; orderly chat 3 | orderly - C encrypted; orderly chat 10 | fatal-alert - S decrypted; "
      "fatal_alert "
      "S warning 12",
      NULL },
    { "what was captured before its ClientHello is of the second one too",
      "hs12; C app(100); S app(500); C alert12; S alert12; C; C ch late(1); C alert(2,48) fin; S",
      "orderly - C encrypted; orderly chat 5 | fatal-alert - C decrypted; fatal_alert C warning 8",
      "Error alert unknown_ca: the client closes; its FIN is in the same frame" },
    { "a SYN with another initial sequence number is a new connection",
      "hs12; C app(100); S app(500); C fin; S fin; C; C syn isn(100000) noack; S syn isn(900000); C; C ch; S "
      "alert(2,40) fin; C fin; S",
      "no-close-notify unlikely C decrypted; fin_without_close_notify C warning 4 || fatal-alert - S decrypted; "
      "fatal_alert S "
      "warning 11",
      NULL },
    { "a stale RST, then the same SYN again, ends nothing",
      "C syn; S rst; C syn; S syn; C; C ch; S sh12; S cert shdone; C cke ccs hs(40); S ccs hs(40); C alert12; S "
      "alert12; C fin; "
      "S fin; C",
      "orderly - C encrypted; orderly chat 14", NULL },
    { "a SYN again", "C syn; C syn; S syn; S syn; C; C ch; S alert(2,40) fin; C fin; S",
      "fatal-alert - S decrypted; fatal_alert S warning 7", NULL },
    { "no TLS", "tcp; C raw(GET_/); S raw(HTTP/1.1_200); C fin; S fin; C", "no TLS", NULL },
    { "no TLS, though it begins like a record",
      "tcp; C hex(1703030040) raw(GET_/); S raw(HTTP/1.1_200); C fin; S fin; C", "no TLS", NULL },
    { "no TLS in mid-stream", "C raw(GET_/); S junk(300); C fin; S fin; C", "no TLS", NULL },
};

const rule_block rules_of_verdicts[] = {
    RULE_BLOCK(the_first_verdict_that_holds),
    RULE_BLOCK(truncation_is_certain_possible_or_unlikely),
    RULE_BLOCK(evidence_is_the_weakest_of_what_the_verdict_rests_on),
    RULE_BLOCK(the_client_sent_the_client_hello),
    RULE_BLOCK(tls_on_any_connection),
    { NULL, NULL, 0 },
};
