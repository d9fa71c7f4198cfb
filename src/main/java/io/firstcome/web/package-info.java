/**
 * What every room shares with the world outside: problems, identity, the rules of JSON and of ids,
 * and what the OpenAPI document says of the whole service.
 */
@OpenAPIDefinition(
    info =
        @Info(
            title = "Firstcome",
            version = "1",
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
                  description =
                      "With firstcome.identity=header: a trusted gateway sets this header together with"
                          + " X-User-Groups and X-Gateway-Secret.")
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
