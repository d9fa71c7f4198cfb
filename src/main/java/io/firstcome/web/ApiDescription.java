package io.firstcome.web;

import org.eclipse.microprofile.openapi.annotations.Components;
import org.eclipse.microprofile.openapi.annotations.OpenAPIDefinition;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.enums.SecuritySchemeIn;
import org.eclipse.microprofile.openapi.annotations.enums.SecuritySchemeType;
import org.eclipse.microprofile.openapi.annotations.info.Info;
import org.eclipse.microprofile.openapi.annotations.info.License;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.media.SchemaProperty;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityScheme;
import org.eclipse.microprofile.openapi.annotations.servers.Server;

/** What the OpenAPI document says of the whole service. */
@OpenAPIDefinition(
    info =
        @Info(
            title = "Firstcome",
            version = "1",
            license =
                @License(
                    name = "Apache-2.0",
                    url = "https://www.apache.org/licenses/LICENSE-2.0"),
            description = ApiDescription.DESCRIPTION),
    servers = @Server(url = "/", description = "This replica"),
    components =
        @Components(
            securitySchemes = {
              @SecurityScheme(
                  securitySchemeName = ApiDescription.BEARER,
                  type = SecuritySchemeType.HTTP,
                  scheme = "bearer",
                  bearerFormat = "JWT",
                  description =
                      "With firstcome.identity=jwt: 'sub' is the user, the group 'admin' the"
                          + " operator."),
              @SecurityScheme(
                  securitySchemeName = ApiDescription.GATEWAY,
                  type = SecuritySchemeType.APIKEY,
                  in = SecuritySchemeIn.HEADER,
                  apiKeyName = IdentityMechanism.USER_HEADER,
                  description =
                      "With firstcome.identity=header: set by a trusted gateway, with"
                          + " X-User-Groups and X-Gateway-Secret.")
            },
            schemas =
                @Schema(
                    name = ApiDescription.PROBLEM,
                    type = SchemaType.OBJECT,
                    description = "An error (RFC 9457). Some types have members of their own.",
                    requiredProperties = {"type", "title", "status", "detail"},
                    example = ApiDescription.EXAMPLE,
                    properties = {
                      @SchemaProperty(
                          name = "type",
                          type = SchemaType.STRING,
                          format = "uri",
                          description = "Stable: decide by this, never by the text."),
                      @SchemaProperty(name = "title", type = SchemaType.STRING),
                      @SchemaProperty(name = "status", type = SchemaType.INTEGER, format = "int32"),
                      @SchemaProperty(
                          name = "detail",
                          type = SchemaType.STRING,
                          description = "What to do about it.")
                    }),
            responses =
                @APIResponse(
                    name = ApiDescription.PROBLEM,
                    description = "An error (RFC 9457).",
                    content =
                        @Content(
                            mediaType = Problem.MEDIA_TYPE,
                            schema =
                                @Schema(ref = "#/components/schemas/" + ApiDescription.PROBLEM)))))
public final class ApiDescription {
  /** The name of the schema and of the response of every error: {@code ref = PROBLEM}. */
  public static final String PROBLEM = "Problem";

  static final String BEARER = "bearer";
  static final String GATEWAY = "gateway";

  static final String EXAMPLE =
      """
      {"type": "urn:firstcome:problem:sold-out", "title": "Sold out", "status": 409, \
      "detail": "Every unit of this coupon has been issued."}""";

  static final String DESCRIPTION =
      """
      Issues coupons of a limited quantity: first come, first served, exactly.

      What `POST /api/v1/coupons/{couponId}/claims` answers:

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
      | overloaded, or a decision cannot be made now | 503 `overloaded`, `redis-unavailable`, \
      `loading`, `ledger-full`, `unknown-outcome` | problem; `Retry-After` |

      Every error is `application/problem+json` with a `type` of `urn:firstcome:problem:` and the \
      word above. Asking again is always safe: the same request gets the same claim.
      """;

  private ApiDescription() {}
}
