/* visitor.h: who asks, and whether they may
 *
 *   Authorization: Bearer pst_…   a token for scripts
 *   the proxy's header            from trusted addresses only, when it is switched on
 *   the cookie                    a session
 *
 * What a request brings is read in the main thread; who that is, the archive's thread finds out.
 * The anti-forgery text of a session is made from its secret, that of a proxy's user from a key that
 * lasts as long as the process: nothing is stored.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "exchange.h"
#include "people.h"
#include "secret.h"

G_BEGIN_DECLS

#define SHOT_VISITOR_COOKIE "panelshot_session"
#define SHOT_VISITOR_MAX_ORIGIN 64

typedef enum {
  SHOT_VIA_NONE,
  SHOT_VIA_PASSWORD,
  SHOT_VIA_PROXY,
  SHOT_VIA_TOKEN,
} ShotVia;

/* What is in force for all requests. Not changed while there are any. */
typedef struct {
  char       *proxy_header;  /* (owned) (nullable): no proxy signs users in */
  GPtrArray  *trusted;       /* (owned) (element-type GInetAddressMask): addresses of proxies */
  bool        creates_users; /* whom the proxy names */
  ShotRole    proxy_role;    /* of such users */
  int64_t     life_ms;       /* of sessions */
  int64_t     idle_ms;
  char       *url;           /* (owned) (nullable): the page's address as users have it, no slash at
                              * the end: origin, and no path */
  char      **hosts;         /* (owned): Host headers that are taken; empty: any */
  ShotSecret *forgery_key;   /* (owned) */
} ShotVisitorRules;

void shot_visitor_rules_init  (ShotVisitorRules *self);
void shot_visitor_rules_clear (ShotVisitorRules *self);

/* @address: "10.0.0.0/8", "::1". SHOT_ERROR_USAGE */
gboolean shot_visitor_rules_trust (ShotVisitorRules *self, const char *address, GError **error);

typedef struct {
  ShotSecret *token;      /* (owned) (nullable) */
  char       *proxy_user; /* (owned) (nullable) */
  ShotSecret *session;    /* (owned) (nullable) */
  char       *forgery;    /* (owned) (nullable): X-Panelshot-CSRF */
  char        origin[SHOT_VISITOR_MAX_ORIGIN]; /* the client's address */
  bool        is_secure;  /* the client speaks TLS, to us or to a proxy */
  /* From shot_visitor_identify() on. */
  ShotVia     via;
  ShotUser   *user; /* (owned) (nullable) */
} ShotVisitor;

void shot_visitor_read  (ShotVisitor *self, const ShotVisitorRules *rules, ShotExchange *exchange);
void shot_visitor_clear (ShotVisitor *self);

/* Whether Host and, of a change, Origin are ours. SHOT_ERROR_REFUSED */
gboolean shot_visitor_check_origin (const ShotVisitorRules *rules, ShotExchange *exchange,
                                    bool is_change, GError **error);

/* Main thread above, the archive's thread below. */

/* SHOT_ERROR_UNAUTHORIZED when nobody is signed in. */
gboolean shot_visitor_identify (ShotVisitor *self, const ShotVisitorRules *rules,
                                ShotArchive *archive, GError **error);

/* SHOT_ERROR_REFUSED */
gboolean shot_visitor_check_role    (const ShotVisitor *self, ShotRole role, GError **error);
gboolean shot_visitor_check_forgery (const ShotVisitor *self, const ShotVisitorRules *rules,
                                     GError **error);

/* NULL for tokens, which need none. (transfer full) (nullable) */
char *shot_visitor_make_forgery_text (const ShotVisitor *self, const ShotVisitorRules *rules);

/* The value of Set-Cookie; @secret NULL takes the cookie back. (transfer full) */
char *shot_visitor_make_cookie (const ShotVisitor *self, const ShotVisitorRules *rules,
                                const ShotSecret *secret);

const char *shot_via_get_name (ShotVia via);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShotVisitorRules, shot_visitor_rules_clear)

G_END_DECLS
