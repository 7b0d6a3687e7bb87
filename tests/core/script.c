/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "script.h"

#include "core/alert.h"
#include "core/record.h"
#include "words/words.h"

#include <stdlib.h>
#include <string.h>

#define MILLISECOND G_GINT64_CONSTANT(1000000)
#define SECOND      (1000 * MILLISECOND)
#define FIRST_TIME  (G_GINT64_CONSTANT(1700000000) * SECOND)

#define USUAL_TTL 64

/* Whole handshakes, each as one event. */
static const char *const macros[][2] = {
    { "tcp", "C syn; S syn; C" },
    { "hs12", "tcp; C ch; S sh12; S cert shdone; C cke ccs hs(40); S ccs hs(40); C" },
    { "hs10", "tcp; C ch; S sh10; S cert shdone; C cke ccs hs(48); S ccs hs(48); C" },
    { "hs12ticket", "tcp; C ch; S sh12; S cert shdone; C cke ccs hs(40); S ticket ccs hs(40); C" },
    { "hs12resumed", "tcp; C ch; S sh12 ccs hs(40); C ccs hs(40); S" },
    { "hs12clientcert", "tcp; C ch; S sh12 cert certreq shdone; C cert cke verify ccs hs(40); S ccs hs(40); C" },
    { "hs12decrypted", "tcp; C ch; S sh12; S cert shdone; C cke ccs hs(40)=hs; S ccs hs(40)=hs; C" },
    { "hs13", "tcp; C ch; S sh13 ccs app(2400); C ccs app(53); S" },
    { "hs13records", "tcp; C ch; S sh13 ccs app(27) app(900); S app(280) app(53); C ccs app(53); S" },
    { "hs13tickets", "tcp; C ch; S sh13 ccs app(2400); C ccs app(53); S app(250) app(250); C" },
    { "hs13resumed", "tcp; C ch; S sh13 ccs app(23) app(53); C ccs app(53); S" },
    { "hs13clientcert", "tcp; C ch; S sh13 ccs app(2400); C ccs app(900) app(280) app(53); S" },
    { "hs13hrr", "tcp; C ch; S hrr ccs; C ccs ch; S sh13 app(2400); C app(53); S" },
    { "hs13early", "tcp; C ch ccs app(400); S sh13 ccs app(200); C app(21) app(53); S" },
    { "hs13earlyrejected", "tcp; C ch ccs app(400); S sh13 ccs app(2400); C app(53); S" },
    { "hs13short", "tcp; C ch; S sh13short ccs app(2400); C ccs app(45); S" },
    { "hs13draft", "tcp; C ch; S shdraft28 ccs app(2400); C ccs app(53); S" },
    { "hs13nocompat", "tcp; C ch; S sh13 app(2400); C app(53); S" },
    { "hs13decrypted", "tcp; C ch; S sh13 ccs app(2400)=hs; C ccs app(53)=hs; S" },
};

/* A segment that is captured late, and how many others come before it still. */
struct late {
    script_segment *segment;
    guint left;
};

struct parser {
    GPtrArray *segments;
    GPtrArray *first[CLOSURE_SIDES]; /* all new segments, borrowed, lost ones too */
    GPtrArray *lost;                 /* owned */
    GArray *late;                    /* of struct late */
    guint64 next[CLOSURE_SIDES];
    guint line;
    guint depth;
    gint64 time;
    gboolean saw_syn[CLOSURE_SIDES];
    gboolean is_tls13;
    guint tag;
};

/* A word of an event: name(first,second)=plaintext(level,description). */
struct word {
    char name[24];
    char text[256]; /* all between the parentheses */
    int first;
    int second;
    char plaintext[16];
    int level;
    int description;
};

static void
bad(const char *what, const char *where)
{
    g_error("script: %s: '%s'", what, where);
}

void
script_segment_free(gpointer data)
{
    script_segment *segment = data;

    g_byte_array_unref(segment->octets);
    g_array_unref(segment->plaintexts);
    g_free(segment);
}

static script_segment *
new_segment(void)
{
    script_segment *segment = g_new0(script_segment, 1);

    segment->octets = g_byte_array_new();
    segment->plaintexts = g_array_new(FALSE, FALSE, sizeof(script_plaintext));
    segment->ttl = USUAL_TTL;
    return segment;
}

script_segment *
script_segment_copy(const script_segment *segment)
{
    script_segment *copy = g_new(script_segment, 1);

    *copy = *segment;
    copy->octets = g_byte_array_new();
    g_byte_array_append(copy->octets, segment->octets->data, segment->octets->len);
    copy->plaintexts = g_array_copy(segment->plaintexts);
    return copy;
}

script_segment *
script_segment_slice(const script_segment *segment, guint32 from, guint32 to)
{
    script_segment *slice = new_segment();
    GByteArray *octets = slice->octets;
    GArray *plaintexts = slice->plaintexts;

    *slice = *segment;
    slice->octets = octets;
    slice->plaintexts = plaintexts;
    slice->position += from;
    slice->captured = CLAMP(segment->captured, from, to) - from;
    if (to < segment->octets->len)
        slice->flags &= (guint8)~CLOSURE_FIN;
    g_byte_array_append(octets, segment->octets->data + from, to - from);
    for (guint i = 0; i < segment->plaintexts->len; i++) {
        script_plaintext plaintext = g_array_index(segment->plaintexts, script_plaintext, i);

        if (plaintext.end <= from || plaintext.end > to)
            continue;
        plaintext.end -= from;
        g_array_append_val(plaintexts, plaintext);
    }
    return slice;
}

/* Records */

static void
add_octets(script_segment *segment, const char *octets, gsize count)
{
    g_byte_array_append(segment->octets, (const guint8 *)octets, (guint)count);
}

/* Ciphertext begins as that of an AES-GCM suite of TLS 1.2 does, and never looks like anything else. */
static void
add_filling(script_segment *segment, guint count)
{
    for (guint i = 0; i < count; i++) {
        const guint8 octet = (guint8)(i < 8 ? 0x80 : 0x9a + i * 7 % 64);
        g_byte_array_append(segment->octets, &octet, 1);
    }
}

static void
add_header(script_segment *segment, guint8 type, guint length)
{
    const guint8 header[] = { type, 3, 3, (guint8)(length >> 8), (guint8)length };
    g_byte_array_append(segment->octets, header, sizeof header);
}

static void
add_record(script_segment *segment, guint8 type, guint length)
{
    add_header(segment, type, length);
    add_filling(segment, length);
}

static void
add_message(script_segment *segment, guint8 type, const guint8 *body, guint length)
{
    const guint8 header[] = { type, 0, (guint8)(length >> 8), (guint8)length };

    add_header(segment, CLOSURE_HANDSHAKE, length + 4);
    g_byte_array_append(segment->octets, header, sizeof header);
    g_byte_array_append(segment->octets, body, length);
}

static void
add_client_hello(script_segment *segment)
{
    guint8 body[200] = { 3, 3 };

    body[34] = 0; /* session id */
    body[36] = 2; /* one cipher suite */
    body[37] = 0x13;
    body[38] = 1;
    body[39] = 1;   /* one compression method */
    body[42] = 155; /* extensions: one, unknown and long */
    body[43] = 0x7a;
    body[46] = 151;
    add_message(segment, CLOSURE_CLIENT_HELLO, body, 198);
}

/* @p chosen: version in the extension supported_versions; 0: none. */
static void
add_server_hello(script_segment *segment, guint16 version, guint16 suite, guint16 chosen, gboolean retry)
{
    static const guint8 retry_random[] = { 0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
                                           0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
                                           0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c };
    guint8 body[64] = { (guint8)(version >> 8), (guint8)version };
    const guint8 tail[] = { (guint8)(suite >> 8),  (guint8)suite, 0, 0, 6, 0, 43, 0, 2,
                            (guint8)(chosen >> 8), (guint8)chosen };

    if (retry)
        memcpy(body + 2, retry_random, sizeof retry_random);
    body[34] = 0;
    memcpy(body + 35, tail, sizeof tail);
    add_message(segment, CLOSURE_SERVER_HELLO, body, chosen != 0 ? 35 + sizeof tail : 35 + 3);
}

static const struct {
    const char *name;
    guint8 type;
    guint length;
} messages[] = {
    { "hellorequest", 0, 0 }, { "ticket", 4, 180 },  { "cert", 11, 900 }, { "ske", 12, 300 },    { "certreq", 13, 40 },
    { "shdone", 14, 0 },      { "verify", 15, 264 }, { "cke", 16, 66 },   { "status", 22, 400 },
};

static gboolean
add_named_message(script_segment *segment, const char *name)
{
    guint8 body[1000];

    memset(body, 0x9b, sizeof body);
    for (guint i = 0; i < G_N_ELEMENTS(messages); i++) {
        if (strcmp(messages[i].name, name) != 0)
            continue;
        add_message(segment, messages[i].type, body, messages[i].length);
        return TRUE;
    }
    return FALSE;
}

static const struct {
    const char *name;
    guint16 version;
    guint16 suite;
    guint16 chosen;
    gboolean is_tls13;
    guint tag;
    gboolean retry;
} hellos[] = {
    { "sh00", 0x0300, 0x002f, 0, FALSE, 0, FALSE },           { "sh10", 0x0301, 0xc013, 0, FALSE, 0, FALSE },
    { "sh11", 0x0302, 0xc013, 0, FALSE, 0, FALSE },           { "sh12", 0x0303, 0xc02f, 0, FALSE, 16, FALSE },
    { "sh13", 0x0303, 0x1301, 0x0304, TRUE, 16, FALSE },      { "sh13short", 0x0303, 0x1305, 0x0304, TRUE, 8, FALSE },
    { "hrr", 0x0303, 0x1301, 0x0304, TRUE, 16, TRUE },        { "shdraft28", 0x0303, 0x1301, 0x7f1c, TRUE, 16, FALSE },
    { "shdraftfb", 0x0303, 0x1301, 0xfb17, TRUE, 16, FALSE }, { "shdraft7e", 0x0303, 0x1301, 0x7e02, TRUE, 16, FALSE },
};

static gboolean
add_named_hello(struct parser *parser, script_segment *segment, const char *name)
{
    if (strcmp(name, "ch") == 0) {
        add_client_hello(segment);
        return TRUE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(hellos); i++) {
        if (strcmp(hellos[i].name, name) != 0)
            continue;
        add_server_hello(segment, hellos[i].version, hellos[i].suite, hellos[i].chosen, hellos[i].retry);
        parser->is_tls13 = hellos[i].is_tls13;
        parser->tag = hellos[i].tag;
        return TRUE;
    }
    return FALSE;
}

static gboolean
add_named_record(script_segment *segment, const struct word *word)
{
    const char *name = word->name;
    const guint8 alert[] = { (guint8)word->first, (guint8)word->second };

    if (strcmp(name, "ccs") == 0) {
        add_header(segment, CLOSURE_CHANGE_CIPHER_SPEC, 1);
        add_octets(segment, "\1", 1);
    } else if (strcmp(name, "hs") == 0) {
        add_record(segment, CLOSURE_HANDSHAKE, (guint)word->first);
    } else if (strcmp(name, "app") == 0) {
        add_record(segment, CLOSURE_APPLICATION_DATA, (guint)word->first);
    } else if (strcmp(name, "hb") == 0) {
        add_record(segment, CLOSURE_HEARTBEAT, (guint)word->first);
    } else if (strcmp(name, "alert13") == 0) {
        add_record(segment, CLOSURE_APPLICATION_DATA, 19);
    } else if (strcmp(name, "alert12") == 0) {
        add_record(segment, CLOSURE_ALERT, word->first > 0 ? (guint)word->first : 26);
    } else if (strcmp(name, "alert") == 0) {
        add_header(segment, CLOSURE_ALERT, 2);
        g_byte_array_append(segment->octets, alert, 2);
    } else {
        return FALSE;
    }
    return TRUE;
}

static void
add_hex(script_segment *segment, const char *digits)
{
    for (; g_ascii_isxdigit(digits[0]) && g_ascii_isxdigit(digits[1]); digits += 2) {
        const guint8 octet = (guint8)(g_ascii_xdigit_value(digits[0]) << 4 | g_ascii_xdigit_value(digits[1]));
        g_byte_array_append(segment->octets, &octet, 1);
    }
}

static gboolean
add_other_octets(script_segment *segment, const struct word *word)
{
    const char *name = word->name;

    if (strcmp(name, "part") == 0) {
        const guint length = segment->octets->len;
        add_record(segment, CLOSURE_APPLICATION_DATA, (guint)word->first);
        g_byte_array_set_size(segment->octets, length + (guint)word->second);
    } else if (strcmp(name, "rest") == 0 || strcmp(name, "junk") == 0) {
        add_filling(segment, (guint)word->first);
    } else if (strcmp(name, "raw") == 0) {
        add_octets(segment, word->text, strlen(word->text));
    } else if (strcmp(name, "hex") == 0) {
        add_hex(segment, word->text);
    } else {
        return FALSE;
    }
    return TRUE;
}

/* Words */

static void
read_word(const char *text, struct word *word)
{
    const char *equals = strchr(text, '=');
    const gsize length = equals != NULL ? (gsize)(equals - text) : strlen(text);
    const char *open = memchr(text, '(', length);
    const gsize name_length = open != NULL ? (gsize)(open - text) : length;

    memset(word, 0, sizeof *word);
    if (name_length >= sizeof word->name || length - name_length >= sizeof word->text)
        bad("too long", text);
    memcpy(word->name, text, name_length);
    if (open != NULL && length > name_length + 2)
        memcpy(word->text, open + 1, length - name_length - 2);
    word->first = atoi(word->text[0] == '@' ? word->text + 1 : word->text);
    word->second = strchr(word->text, ',') != NULL ? atoi(strchr(word->text, ',') + 1) : 0;
    if (equals == NULL)
        return;
    g_strlcpy(word->plaintext, equals + 1, MIN(sizeof word->plaintext, strcspn(equals + 1, "(") + 1));
    open = strchr(equals, '(');
    word->level = open != NULL ? atoi(open + 1) : 0;
    word->description = open != NULL && strchr(open, ',') != NULL ? atoi(strchr(open, ',') + 1) : 0;
}

static void
add_plaintext(const struct parser *parser, script_segment *segment, const struct word *word, guint begin)
{
    const guint record = segment->octets->len - begin;
    const guint body = record > CLOSURE_HEADER_LENGTH ? record - CLOSURE_HEADER_LENGTH : 0;
    const guint overhead = parser->is_tls13 ? 1 + parser->tag : 24;
    script_plaintext plaintext = { .end = segment->octets->len };

    plaintext.plaintext.type = strcmp(word->plaintext, "data") == 0    ? CLOSURE_APPLICATION_DATA
                               : strcmp(word->plaintext, "hs") == 0    ? CLOSURE_HANDSHAKE
                               : strcmp(word->plaintext, "alert") == 0 ? CLOSURE_ALERT
                                                                       : 0;
    if (plaintext.plaintext.type == 0)
        bad("unknown plaintext", word->plaintext);
    plaintext.plaintext.length = plaintext.plaintext.type == CLOSURE_ALERT ? 2 : body > overhead ? body - overhead : 0;
    plaintext.plaintext.level = (guint8)word->level;
    plaintext.plaintext.description = (guint8)word->description;
    g_array_append_val(segment->plaintexts, plaintext);
}

static guint64
acked_by(const struct parser *parser, guint side, const struct word *word)
{
    const GPtrArray *sent = parser->first[CLOSURE_PEER(side)];
    const script_segment *segment;

    if (word->text[0] != '@') {
        const guint back = (guint)-word->first;
        if (back == 0 || back > sent->len)
            bad("acknowledges before the first segment", word->text);
        segment = g_ptr_array_index(sent, sent->len - back);
        return segment->position;
    }
    for (guint i = sent->len; i > 0; i--) {
        segment = g_ptr_array_index(sent, i - 1);
        if (segment->line <= (guint)word->first)
            return segment->position + segment->octets->len + (segment->flags & CLOSURE_FIN ? 1 : 0);
    }
    return 1;
}

static void
repeat(const struct parser *parser, script_segment *segment, guint line)
{
    const GPtrArray *sent = parser->first[segment->side];

    for (guint i = 0; i < sent->len; i++) {
        const script_segment *original = g_ptr_array_index(sent, i);

        if (original->line != line)
            continue;
        segment->position = original->position;
        segment->flags |= original->flags & CLOSURE_FIN;
        segment->is_retransmission = TRUE;
        g_byte_array_append(segment->octets, original->octets->data, original->octets->len);
        return;
    }
    bad("nothing to repeat", "again");
}

static gboolean
apply_flag(struct parser *parser, script_segment *segment, const struct word *word)
{
    const char *name = word->name;

    if (strcmp(name, "syn") == 0) {
        segment->flags |= CLOSURE_SYN;
        if (!parser->saw_syn[CLOSURE_PEER(segment->side)])
            segment->flags &= (guint8)~CLOSURE_ACK;
        parser->saw_syn[segment->side] = TRUE;
    } else if (strcmp(name, "fin") == 0) {
        segment->flags |= CLOSURE_FIN;
    } else if (strcmp(name, "rst") == 0) {
        segment->flags |= CLOSURE_RST;
    } else if (strcmp(name, "noack") == 0) {
        segment->flags &= (guint8)~CLOSURE_ACK;
    } else {
        return FALSE;
    }
    return TRUE;
}

static gboolean
apply_number(struct parser *parser, script_segment *segment, const struct word *word)
{
    const char *name = word->name;

    if (strcmp(name, "ack") == 0) {
        segment->ack = acked_by(parser, segment->side, word);
    } else if (strcmp(name, "again") == 0) {
        repeat(parser, segment, (guint)word->first);
    } else if (strcmp(name, "seq") == 0) {
        segment->position += (guint64)(gint64)word->first;
        segment->is_retransmission |= word->first < 0;
    } else if (strcmp(name, "isn") == 0) {
        segment->position += (guint64)(gint64)word->first;
    } else if (strcmp(name, "ttl") == 0) {
        segment->ttl = (guint8)word->first;
    } else if (strcmp(name, "late_plaintext") == 0) {
        return TRUE;
    } else if (strncmp(name, "keepalive", 9) == 0) {
        segment->position--;
        segment->is_retransmission = TRUE;
        if (name[9] == '\0')
            g_byte_array_append(segment->octets, &(guint8){ (guint8)word->first }, 1);
    } else if (name[0] == '+') {
        segment->time += atoi(name + 1) * (g_str_has_suffix(name, "ms") ? MILLISECOND : SECOND) - MILLISECOND;
    } else {
        return FALSE;
    }
    return TRUE;
}

/* What is known of a segment only when its payload is there. */
struct capture {
    gboolean is_lost;
    guint late;
    guint snap;
};

static gboolean
apply_capture(struct capture *capture, const struct word *word)
{
    if (strcmp(word->name, "lost") == 0)
        capture->is_lost = TRUE;
    else if (strcmp(word->name, "late") == 0)
        capture->late = (guint)word->first;
    else if (strcmp(word->name, "snap") == 0)
        capture->snap = (guint)word->first;
    else
        return FALSE;
    return TRUE;
}

static void
apply_word(struct parser *parser, script_segment *segment, struct capture *capture, const char *text)
{
    const guint begin = segment->octets->len;
    struct word word;

    read_word(text, &word);
    const gboolean is_record = add_named_hello(parser, segment, word.name) || add_named_message(segment, word.name) ||
                               add_named_record(segment, &word) || add_other_octets(segment, &word);
    if (!is_record && !apply_flag(parser, segment, &word) && !apply_number(parser, segment, &word) &&
        !apply_capture(capture, &word))
        bad("unknown word", text);
    if (word.plaintext[0] != '\0')
        add_plaintext(parser, segment, &word, begin);
}

/* Segments that were held back, whose turn it is now. */
static void
release_late(struct parser *parser)
{
    for (guint i = 0; i < parser->late->len;) {
        struct late *late = &g_array_index(parser->late, struct late, i);

        if (late->left-- > 0) {
            i++;
            continue;
        }
        late->segment->time = parser->time;
        g_ptr_array_add(parser->segments, late->segment);
        g_array_remove_index(parser->late, i);
    }
}

static void
finish_segment(struct parser *parser, script_segment *segment, const struct capture *capture)
{
    const guint64 end = segment->position + segment->octets->len + (segment->flags & CLOSURE_FIN ? 1 : 0);
    const struct late late = { segment, capture->late - 1 };

    segment->captured = capture->snap > 0 ? MIN(capture->snap, segment->octets->len) : segment->octets->len;
    if (!(segment->flags & CLOSURE_RST) && end > parser->next[segment->side]) {
        parser->next[segment->side] = end;
        if (!segment->is_retransmission && end > segment->position)
            g_ptr_array_add(parser->first[segment->side], segment);
    }
    if (capture->is_lost)
        g_ptr_array_add(parser->lost, segment);
    else if (capture->late > 0)
        g_array_append_val(parser->late, late);
    else
        g_ptr_array_add(parser->segments, segment);
    if (capture->late == 0)
        release_late(parser);
}

static void
parse_segment(struct parser *parser, char **words)
{
    script_segment *segment = new_segment();
    struct capture capture = { 0 };

    if (strcmp(words[0], "C") != 0 && strcmp(words[0], "S") != 0)
        bad("no such side or macro", words[0]);
    segment->line = parser->line;
    segment->side = words[0][0] == 'C' ? SCRIPT_CLIENT : SCRIPT_SERVER;
    segment->position = parser->next[segment->side];
    segment->ack = parser->next[CLOSURE_PEER(segment->side)];
    segment->flags = CLOSURE_ACK;
    segment->time = parser->time + MILLISECOND;
    for (guint i = 1; words[i] != NULL; i++)
        if (words[i][0] != '\0')
            apply_word(parser, segment, &capture, words[i]);
    parser->time = segment->time;
    if (segment->flags & CLOSURE_SYN)
        parser->next[segment->side] = segment->position;
    finish_segment(parser, segment, &capture);
}

static void parse_events(struct parser *parser, const char *text);

static void
parse_event(struct parser *parser, char *event)
{
    char **words = g_strsplit_set(event, " \t", -1);
    gboolean is_macro = FALSE;

    for (guint i = 0; i < G_N_ELEMENTS(macros) && !is_macro; i++) {
        if (strcmp(macros[i][0], words[0]) != 0)
            continue;
        is_macro = TRUE;
        parser->depth++;
        parse_events(parser, macros[i][1]);
        parser->depth--;
    }
    if (!is_macro)
        parse_segment(parser, words);
    g_strfreev(words);
}

static void
parse_events(struct parser *parser, const char *text)
{
    char **events = g_strsplit_set(text, ";\n", -1);

    for (guint i = 0; events[i] != NULL; i++) {
        g_strstrip(events[i]);
        if (events[i][0] == '\0')
            continue;
        if (parser->depth == 0)
            parser->line++;
        parse_event(parser, events[i]);
    }
    g_strfreev(events);
}

GPtrArray *
script_parse(const char *text)
{
    struct parser parser = { .time = FIRST_TIME, .next = { 1, 1 }, .tag = 16 };

    parser.segments = g_ptr_array_new_with_free_func(script_segment_free);
    parser.lost = g_ptr_array_new_with_free_func(script_segment_free);
    parser.late = g_array_new(FALSE, FALSE, sizeof(struct late));
    for (guint side = 0; side < CLOSURE_SIDES; side++)
        parser.first[side] = g_ptr_array_new();
    parse_events(&parser, text);
    while (parser.late->len > 0)
        release_late(&parser);
    for (guint side = 0; side < CLOSURE_SIDES; side++)
        g_ptr_array_unref(parser.first[side]);
    g_ptr_array_unref(parser.lost);
    g_array_unref(parser.late);
    return parser.segments;
}

/* Running */

static closure_change
feed(closure_track *track, const script_segment *segment, const closure_tcp_numbers *numbers, guint side, guint32 frame)
{
    /* Copies of exact size: a sanitizer sees every octet that is read beyond. */
    guint8 *octets = g_memdup2(segment->octets->data, segment->captured);
    closure_plaintext *plaintexts = g_new0(closure_plaintext, segment->plaintexts->len);
    closure_segment fed = {
        .time = segment->time,
        .octets = octets,
        .length = segment->octets->len,
        .captured = segment->captured,
        .frame = frame,
        .flags = segment->flags,
        .ttl = segment->ttl,
    };

    for (guint i = 0; i < segment->plaintexts->len; i++)
        plaintexts[i] = g_array_index(segment->plaintexts, script_plaintext, i).plaintext;
    closure_track_locate(track, side, numbers, &fed);
    const closure_change change = closure_track_feed(track, side, &fed, plaintexts, segment->plaintexts->len);

    g_free(octets);
    g_free(plaintexts);
    return change;
}

static void
free_track(gpointer track)
{
    closure_track_clear(track);
    g_free(track);
}

static closure_track *
track_for(GPtrArray *tracks, guint side, guint client, const closure_tcp_numbers *numbers)
{
    if (tracks->len == 0 || closure_track_is_other(g_ptr_array_index(tracks, tracks->len - 1), side, numbers))
        g_ptr_array_add(tracks, g_new0(closure_track, 1));
    closure_track_set_likely_client(g_ptr_array_index(tracks, tracks->len - 1), client);
    return g_ptr_array_index(tracks, tracks->len - 1);
}

script_outcome *
script_run(const GPtrArray *segments, const script_options *options, script_watch watch, gpointer data)
{
    script_outcome *outcome = g_new0(script_outcome, 1);

    outcome->options = options != NULL ? *options : (script_options){ .initial = { 1000, 5000 } };
    outcome->tracks = g_ptr_array_new_with_free_func(free_track);
    outcome->lines = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < segments->len; i++) {
        const script_segment *segment = g_ptr_array_index(segments, i);
        const guint side = segment->side ^ outcome->options.swapped;
        const guint32 start = outcome->options.initial[segment->side] + (guint32)segment->position;
        const closure_tcp_numbers numbers = {
            .sequence = segment->flags & CLOSURE_SYN ? start - 1 : start,
            .acknowledgment = segment->flags & CLOSURE_ACK
                                  ? outcome->options.initial[CLOSURE_PEER(segment->side)] + (guint32)segment->ack
                                  : 0,
            .flags = segment->flags,
        };
        closure_track *track = track_for(outcome->tracks, side, outcome->options.swapped, &numbers);

        g_array_append_val(outcome->lines, segment->line);
        outcome->change = feed(track, segment, &numbers, side, i + 1);
        if (watch != NULL)
            watch(track, i + 1, data);
    }
    return outcome;
}

void
script_outcome_free(script_outcome *outcome)
{
    g_ptr_array_unref(outcome->tracks);
    g_array_unref(outcome->lines);
    g_free(outcome);
}

static void
judge(const script_outcome *outcome, const closure_connection *connection, closure_judgement *judgement)
{
    const closure_options options = { .infer_alerts = !outcome->options.no_inference, .whole_capture = TRUE };
    closure_judge(connection, &options, judgement);
}

static const closure_connection *
newest(const script_outcome *outcome)
{
    return outcome->tracks->len == 0
               ? NULL
               : closure_track_connection(g_ptr_array_index(outcome->tracks, outcome->tracks->len - 1));
}

gboolean
script_judge(const script_outcome *outcome, closure_judgement *judgement)
{
    const closure_connection *connection = newest(outcome);

    if (connection != NULL)
        judge(outcome, connection, judgement);
    return connection != NULL;
}

/* Rendering */

static guint
line_of(const script_outcome *outcome, guint32 frame)
{
    return frame >= 1 && frame <= outcome->lines->len ? g_array_index(outcome->lines, guint, frame - 1) : 0;
}

static const char *
letter(const script_outcome *outcome, guint side)
{
    return side >= CLOSURE_SIDES ? "-" : (side ^ outcome->options.swapped) == SCRIPT_CLIENT ? "C" : "S";
}

static const char *
or_dash(const char *word)
{
    return word != NULL ? word : "-";
}

static int
compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *const severities[] = { "chat", "note", "warning" };

void
script_render_judgement(const script_outcome *outcome, const closure_judgement *judgement, gboolean lines, GString *out)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);

    g_string_append_printf(out, "%s %s %s %s", closure_word_verdict(judgement->verdict),
                           or_dash(closure_word_truncation(judgement->truncation)),
                           letter(outcome, judgement->initiator), or_dash(closure_word_evidence(judgement->evidence)));
    for (guint i = 0; i < judgement->finding_count; i++) {
        const closure_finding *finding = &judgement->findings[i];
        const guint line = lines ? line_of(outcome, finding->frame) : 0;
        /* The first four characters order the texts and are not shown. */
        char *text = g_strdup_printf("%04u; %s%s%s %s", line, closure_word_finding(finding->id),
                                     finding->id == CLOSURE_FINDING_ORDERLY ? "" : " ",
                                     finding->id == CLOSURE_FINDING_ORDERLY ? "" : letter(outcome, finding->side),
                                     severities[finding->severity]);
        g_ptr_array_add(texts, text);
    }
    g_ptr_array_sort(texts, compare_texts);
    for (guint i = 0; i < texts->len; i++) {
        const char *text = g_ptr_array_index(texts, i);

        g_string_append(out, text + 4);
        if (lines)
            g_string_append_printf(out, " %d", atoi(text) % 10000);
    }
    g_ptr_array_unref(texts);
}

static void
render_connections(const script_outcome *outcome, const closure_connection *connection, gboolean lines, GString *out)
{
    closure_judgement judgement;

    if (connection->previous != NULL) {
        render_connections(outcome, connection->previous, lines, out);
        g_string_append(out, " | ");
    }
    judge(outcome, connection, &judgement);
    script_render_judgement(outcome, &judgement, lines, out);
}

char *
script_render(const script_outcome *outcome, gboolean lines)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < outcome->tracks->len; i++) {
        const closure_connection *connection = closure_track_connection(g_ptr_array_index(outcome->tracks, i));

        if (i > 0)
            g_string_append(out, " || ");
        if (connection == NULL)
            g_string_append(out, "no TLS");
        else
            render_connections(outcome, connection, lines, out);
    }
    return g_string_free(out, FALSE);
}

char *
script_render_sides(const script_outcome *outcome)
{
    static const char *const causes[] = { "not-closed", "on-its-own", "in-response", "cause-unknown" };
    static const char *const completions[] = { "not-completed", "completed", "completion-unknown" };
    GString *out = g_string_new(NULL);
    closure_judgement judgement;

    if (!script_judge(outcome, &judgement))
        return g_string_free(out, FALSE);
    for (guint i = 0; i < CLOSURE_SIDES; i++) {
        const guint side = i ^ outcome->options.swapped;
        const closure_side_judgement *own = &judgement.side[side];

        g_string_append_printf(
            out, "%s%s %s %s %s %s %s", i == 0 ? "" : "; ", letter(outcome, side),
            or_dash(closure_word_alert(own->alert_kind)), or_dash(closure_word_evidence(own->alert_evidence)),
            or_dash(closure_word_end(own->end_kind)), causes[own->cause], completions[own->completion]);
    }
    return g_string_free(out, FALSE);
}

/* Texts */

static void
end_line(GString *out)
{
    g_string_append_c(out, '\n');
}

static void
say_all(const script_outcome *outcome, const closure_judgement *judgement, GString *out)
{
    closure_say_summary(judgement, out);
    end_line(out);
    for (guint side = 0; side < CLOSURE_SIDES; side++) {
        g_string_append_printf(out, "way of %s: ", letter(outcome, side));
        closure_say_way(judgement, side, out);
        end_line(out);
        if (judgement->side[side].alert_kind != CLOSURE_NO_ALERT) {
            closure_say_alert(judgement, side, out);
            end_line(out);
        }
        if (judgement->facts.side[side].rare->harmless.at.frame != 0) {
            closure_say_harmless_alert(judgement, side, out);
            end_line(out);
        }
    }
    for (guint i = 0; i < judgement->finding_count; i++) {
        closure_say_finding(judgement, &judgement->findings[i], out);
        end_line(out);
    }
    for (guint32 frame = 1; frame <= outcome->lines->len; frame++)
        if (closure_say_info(judgement, frame, out))
            end_line(out);
}

char *
script_texts(const script_outcome *outcome)
{
    GString *out = g_string_new(NULL);
    closure_judgement judgement;

    for (guint i = 0; i < outcome->tracks->len; i++) {
        const closure_connection *connection = closure_track_connection(g_ptr_array_index(outcome->tracks, i));

        for (; connection != NULL; connection = connection->previous) {
            judge(outcome, connection, &judgement);
            say_all(outcome, &judgement, out);
        }
    }
    return g_string_free(out, FALSE);
}
