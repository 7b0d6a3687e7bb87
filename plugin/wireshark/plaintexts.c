/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plaintexts.h"

#include <epan/dissectors/packet-tls-utils.h>
#include <epan/proto_data.h>

#include "core/record.h"

static int protocol_tls;

void
closure_plaintexts_register(void)
{
    protocol_tls = proto_get_id_by_filter_name("tls");
}

static gboolean
is_tls(const wmem_list_frame_t *layer)
{
    return GPOINTER_TO_INT(wmem_list_frame_data(layer)) == protocol_tls;
}

static guint
count_tls_layers(packet_info *pinfo)
{
    guint count = 0;

    for (wmem_list_frame_t *layer = wmem_list_head(pinfo->layers); layer != NULL; layer = wmem_list_frame_next(layer))
        if (is_tls(layer))
            count++;
    return count;
}

static gboolean
has_tls_behind(packet_info *pinfo, const wmem_list_frame_t *mark)
{
    wmem_list_frame_t *layer = wmem_list_tail(pinfo->layers);

    while (layer != NULL && layer != mark && !is_tls(layer))
        layer = wmem_list_frame_prev(layer);
    return layer != NULL && layer != mark;
}

static const SslRecordInfo *
records_under(packet_info *pinfo, guint key)
{
    const SslPacketInfo *info = p_get_proto_data(wmem_file_scope(), pinfo, protocol_tls, key);

    return info != NULL ? info->records : NULL;
}

guint
closure_plaintexts_count(packet_info *pinfo)
{
    const guint layers = count_tls_layers(pinfo);
    guint count = 0;

    if (layers == 0)
        return 0;
    for (guint key = CLOSURE_FIRST_TLS_KEY; key <= closure_last_tls_key(layers); key++)
        for (const SslRecordInfo *record = records_under(pinfo, key); record != NULL; record = record->next)
            count++;
    return count;
}

static closure_plaintext
plaintext_of(const SslRecordInfo *record)
{
    closure_plaintext plaintext = { .length = record->data_len, .type = (guint8)record->type };

    if (plaintext.type == CLOSURE_ALERT && plaintext.length == 2 && record->plain_data != NULL) {
        plaintext.level = record->plain_data[0];
        plaintext.description = record->plain_data[1];
    }
    return plaintext;
}

const closure_plaintext *
closure_plaintexts_collect(packet_info *pinfo, const wmem_list_frame_t *mark, guint skipped, guint *count)
{
    const guint all = has_tls_behind(pinfo, mark) ? closure_plaintexts_count(pinfo) : 0;
    closure_plaintext *plaintexts;
    guint layers;
    guint at = 0;

    *count = 0;
    if (all <= skipped)
        return NULL;
    layers = count_tls_layers(pinfo);
    plaintexts = wmem_alloc_array(pinfo->pool, closure_plaintext, all - skipped);
    for (guint key = CLOSURE_FIRST_TLS_KEY; key <= closure_last_tls_key(layers); key++)
        for (const SslRecordInfo *record = records_under(pinfo, key); record != NULL; record = record->next)
            if (at++ >= skipped)
                plaintexts[(*count)++] = plaintext_of(record);
    return plaintexts;
}
