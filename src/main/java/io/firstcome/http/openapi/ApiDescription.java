package io.firstcome.http.openapi;

import java.util.List;

/** The words of the OpenAPI document; where they stand in it: {@code package-info.java}. */
public final class ApiDescription {
  /** The name of the schema and of the response of every error: {@code ref = PROBLEM}. */
  public static final String PROBLEM = "Problem";

  /** As {@code quarkus.smallrye-openapi.security-scheme-name} has it. */
  public static final String BEARER = "bearer";

  static final String GATEWAY = "gateway";
  static final String GATEWAY_GROUPS = "gatewayGroups";
  static final String GATEWAY_SECRET = "gatewaySecret";

  /** What a gateway sends, all of it with each request. */
  public static final List<String> GATEWAY_HEADERS =
      List.of(GATEWAY, GATEWAY_GROUPS, GATEWAY_SECRET);

  static final String EXAMPLE =
      """
      {"type": "urn:firstcome:problem:sold-out", "title": "Sold out", "status": 409, \
      "detail": "Every unit of this coupon has been issued."}""";

  static final String DESCRIPTION =
      """
      Issues coupons of a limited quantity: first come, first served, exactly.

      Responses of `POST /api/v1/coupons/{couponId}/claims`:

      | outcome | status | body |
      |---|---|---|
      | issued | 201 | the claim: `couponId`, `userId`, `sequence`, `issuedAt` |
      | already claimed | 409 `already-claimed` (`PUT`: 200) | problem, with the identical claim \
      under `claim` |
      | sold out | 409 `sold-out` | problem |
      | not open yet | 409 `not-open` | problem with `opensAt`, `serverTime`; `Retry-After` |
      | closed, paused | 409 `closed`, `paused` | problem |
      | not eligible | 403 `not-eligible` | problem |
      | unknown coupon | 404 `unknown-coupon` | problem |
      | malformed | 400 `malformed` | problem naming each field under `errors` |
      | no or bad token | 401 `unauthenticated`, 403 `forbidden` | problem |
      | too many requests | 429 `too-many-requests` | problem; `Retry-After` |
      | overloaded, or no decision is possible now | 503 `overloaded`, `redis-unavailable`, \
      `loading`, `ledger-full`, `not-secured`, `database-unavailable`, `shutting-down`, `unknown-outcome` | problem; \
      `Retry-After` |

      Every error is `application/problem+json`; its `type` is `urn:firstcome:problem:` followed by \
      the slug above. Retrying a claim is always safe: the same user gets the same claim.
      """;

  private ApiDescription() {}
}
