/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preferences.h"

#include <epan/prefs.h>

static closure_preferences preferences = {
    .info_column = TRUE,
    .infer_alerts = TRUE,
};

const closure_preferences *
closure_preferences_now(void)
{
    return &preferences;
}

void
closure_preferences_register(int protocol)
{
    module_t *module = prefs_register_protocol(protocol, NULL);

    prefs_register_bool_preference(module, "info_column", "Add to the Info column",
                                   "Whether a frame with a finding, or with an alert that cannot be read but is "
                                   "understood, says so in the Info column.",
                                   &preferences.info_column);
    prefs_register_bool_preference(module, "infer_alerts", "Treat inferred alerts as alerts",
                                   "Whether a TLS 1.3 record that cannot be read, but has the size and the place of "
                                   "an alert, is taken for one. If not, nothing is said where it would decide.",
                                   &preferences.infer_alerts);
}
