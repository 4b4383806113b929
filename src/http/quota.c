#include "config.h"

#include "quota.h"

#include <math.h>

typedef struct {
  char   *client; /* (owned) */
  double  level;  /* requests that may come now */
  int64_t at_us;  /* when @level was true */
  GList   link;   /* in ShotQuota.used */
} Bucket;

struct _ShotQuota {
  double      per_second;
  double      burst;
  unsigned    max_clients;
  GHashTable *buckets; /* (owned) client (borrowed) > Bucket (owned) */
  GQueue      used;    /* (element-type Bucket): the longest unused first */
};

static void
bucket_free (void *data)
{
  Bucket *bucket = data;

  g_free (bucket->client);
  g_free (bucket);
}

ShotQuota *
shot_quota_new (double per_second, unsigned burst, unsigned max_clients)
{
  ShotQuota *self = g_new0 (ShotQuota, 1);

  g_assert (max_clients > 0);
  self->max_clients = max_clients;
  self->buckets = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, bucket_free);
  g_queue_init (&self->used);
  shot_quota_set (self, per_second, burst);
  return self;
}

void
shot_quota_free (ShotQuota *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->buckets);
  g_free (self);
}

void
shot_quota_set (ShotQuota *self, double per_second, unsigned burst)
{
  g_return_if_fail (per_second > 0);
  self->per_second = per_second;
  self->burst = burst > 0 ? burst : MAX (1, per_second);
}

static char *
name_client (int token_index, const char *tenant)
{
  const char      *text = tenant != NULL ? tenant : "";
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  return g_strdup_printf ("%d/%s", token_index, hash);
}

static void
forget_oldest (ShotQuota *self)
{
  Bucket *bucket = g_queue_peek_head (&self->used);

  g_queue_unlink (&self->used, &bucket->link);
  g_hash_table_remove (self->buckets, bucket->client);
}

/* The client's, full when it is new, as the last used. */
static Bucket *
get_bucket (ShotQuota *self, int token_index, const char *tenant, int64_t now_us)
{
  g_autofree char *client = name_client (token_index, tenant);
  Bucket          *bucket = g_hash_table_lookup (self->buckets, client);

  if (bucket != NULL) {
    g_queue_unlink (&self->used, &bucket->link);
  } else {
    if (g_hash_table_size (self->buckets) >= self->max_clients)
      forget_oldest (self);
    bucket = g_new0 (Bucket, 1);
    bucket->client = g_steal_pointer (&client);
    bucket->level = self->burst;
    bucket->at_us = now_us;
    bucket->link.data = bucket;
    g_hash_table_insert (self->buckets, bucket->client, bucket);
  }
  g_queue_push_tail_link (&self->used, &bucket->link);
  return bucket;
}

unsigned
shot_quota_take (ShotQuota *self, int token_index, const char *tenant, int64_t now_us)
{
  Bucket *bucket = get_bucket (self, token_index, tenant, now_us);
  double  seconds = (double) (now_us - bucket->at_us) / G_USEC_PER_SEC;

  bucket->level = MIN (self->burst, bucket->level + seconds * self->per_second);
  bucket->at_us = now_us;
  /* What ten waits of a tenth of a second add up to must be a whole request. */
  if (bucket->level >= 1 - 1e-6) {
    bucket->level -= 1;
    return 0;
  }
  return (unsigned) MAX (1, ceil ((1 - bucket->level) / self->per_second - 1e-6));
}

unsigned
shot_quota_count_clients (const ShotQuota *self)
{
  return g_hash_table_size (self->buckets);
}
