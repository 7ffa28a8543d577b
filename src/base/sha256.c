#include "base/sha256.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/err.h"

struct sha256 {
    EVP_MD_CTX *ctx;
};

struct sha256 *sha256_new(void)
{
    struct sha256 *h = xcalloc(1, sizeof *h);
    h->ctx = EVP_MD_CTX_new();
    if (!h->ctx || EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) != 1)
        fatal_oom();
    return h;
}

void sha256_add(struct sha256 *h, struct span bytes)
{
    if (bytes.len > 0 && EVP_DigestUpdate(h->ctx, bytes.ptr, bytes.len) != 1)
        fatal_oom();
}

void sha256_free(struct sha256 *h)
{
    if (!h)
        return;
    EVP_MD_CTX_free(h->ctx);
    freep(&h);
}

void sha256_finish(struct sha256 *h, char ret_hex[65])
{
    static const char digit[] = "0123456789abcdef";
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    if (EVP_DigestFinal_ex(h->ctx, md, &n) != 1 || n != 32)
        fatal_oom();
    for (unsigned i = 0; i < 32; i++) {
        ret_hex[2 * i] = digit[md[i] >> 4];
        ret_hex[2 * i + 1] = digit[md[i] & 15];
    }
    ret_hex[64] = '\0';
    sha256_free(h);
}

void sha256_hex(struct span bytes, char ret_hex[65])
{
    struct sha256 *h = sha256_new();
    sha256_add(h, bytes);
    sha256_finish(h, ret_hex);
}

bool random_bytes(void *out, size_t n)
{
    return n <= 0x7fffffff && RAND_bytes(out, (int)n) == 1;
}
