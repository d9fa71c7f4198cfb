/**
 * What every room shares with the world outside: problems, identity, the rules of JSON and of ids,
 * and what the OpenAPI document says of the whole service.
 */
@OpenAPIDefinition(
    info =
        @Info(
            title = "Firstcome",
            version = "0.1.0",
            license =
                @License(name = "Apache-2.0", url = "https://www.apache.org/licenses/LICENSE-2.0"),
            description = ApiDescription.DESCRIPTION),
    servers = @Server(url = "/", description = "This replica"),
    components =
        @Components(
            securitySchemes = {
              @SecurityScheme(
                  securitySchemeName = ApiDescription.GATEWAY,
                  type = SecuritySchemeType.APIKEY,
                  in = SecuritySchemeIn.HEADER,
                  apiKeyName = IdentityMechanism.USER_HEADER,
                  description = "The user. Set by a trusted gateway."),
              @SecurityScheme(
                  securitySchemeName = ApiDescription.GATEWAY_GROUPS,
                  type = SecuritySchemeType.APIKEY,
                  in = SecuritySchemeIn.HEADER,
                  apiKeyName = IdentityMechanism.GROUPS_HEADER,
                  description =
                      "The user's groups, separated by commas: 'admin' is the operator, 'service'"
                          + " confirms reservations. May be absent."),
              @SecurityScheme(
                  securitySchemeName = ApiDescription.GATEWAY_SECRET,
                  type = SecuritySchemeType.APIKEY,
                  in = SecuritySchemeIn.HEADER,
                  apiKeyName = IdentityMechanism.SECRET_HEADER,
                  description = "Proves that the request came by the gateway.")
            },
            schemas =
                @Schema(
                    name = ApiDescription.PROBLEM,
                    type = SchemaType.OBJECT,
                    description = "An error (RFC 9457). Some types have additional members.",
                    requiredProperties = {"type", "title", "status", "detail"},
                    example = ApiDescription.EXAMPLE,
                    properties = {
                      @SchemaProperty(
                          name = "type",
                          type = SchemaType.STRING,
                          format = "uri",
                          description = "Stable. Clients decide by this member, not by the texts."),
                      @SchemaProperty(name = "title", type = SchemaType.STRING),
                      @SchemaProperty(name = "status", type = SchemaType.INTEGER, format = "int32"),
                      @SchemaProperty(
                          name = "detail",
                          type = SchemaType.STRING,
                          description = "What happened and what the client should do.")
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
package io.firstcome.http.openapi;

import io.firstcome.http.identity.IdentityMechanism;
import io.firstcome.http.problem.Problem;
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
