package io.firstcome.http.openapi;

import io.firstcome.http.identity.IdentityMode;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.PlainText;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.config.ConfigProvider;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.PathItem;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.parameters.Parameter;
import org.eclipse.microprofile.openapi.models.security.SecurityRequirement;

/**
 * Says of every operation that needs a user how this service is told who that is: by a token, or by
 * the headers of a gateway; and which roles may call it, as OpenAPI 3.1 has it. Not when it is
 * built: the setting is one of the run.
 */
@OpenApiFilter(OpenApiFilter.RunStage.RUNTIME_STARTUP)
public class IdentityDescription implements OASFilter {

  /** What others than operators may do, and the history of definitions has all the same. */
  private static final Set<String> RECORDED =
      Set.of(
          "/api/v1/queues/{queueId}/call-next",
          "/api/v1/wallets/{userId}/credits",
          "/api/v1/admin/orders/{orderId}/settle");

  @Override
  public void filterOpenAPI(OpenAPI api) {
    boolean jwt =
        ConfigProvider.getConfig()
                .getOptionalValue(IdentityMode.SETTING, IdentityMode.class)
                .orElse(IdentityMode.JWT)
            == IdentityMode.JWT;
    List<String> schemes = jwt ? List.of(ApiDescription.BEARER) : ApiDescription.GATEWAY_HEADERS;
    Map.copyOf(api.getComponents().getSecuritySchemes()).keySet().stream()
        .filter(scheme -> !schemes.contains(scheme))
        .forEach(api.getComponents()::removeSecurityScheme);
    for (Map.Entry<String, PathItem> named : api.getPaths().getPathItems().entrySet()) {
      PathItem path = named.getValue();
      for (Operation operation : path.getOperations().values()) {
        if (operation.getSecurity() != null && !operation.getSecurity().isEmpty()) {
          operation.setSecurity(List.of(requirement(schemes, roles(operation))));
        }
      }
      path.getOperations()
          .forEach(
              (method, operation) -> {
                if (method != PathItem.HttpMethod.GET
                    && (isOfOperators(operation) || RECORDED.contains(named.getKey()))) {
                  operation.addParameter(reason());
                }
              });
    }
  }

  private static boolean isOfOperators(Operation operation) {
    return operation.getSecurity() != null
        && operation.getSecurity().stream()
            .flatMap(requirement -> requirement.getSchemes().values().stream())
            .anyMatch(roles -> roles.contains(Roles.OPERATOR) || roles.contains(Roles.ERASER));
  }

  /** What the history of definitions keeps with a change. */
  private static Parameter reason() {
    return OASFactory.createParameter()
        .name("X-Reason")
        .in(Parameter.In.HEADER)
        .description("Why: kept in the history of definitions; at most 200 characters")
        .schema(
            OASFactory.createSchema()
                .addType(Schema.SchemaType.STRING)
                .maxLength(PlainText.MAX_LENGTH));
  }

  /** Of {@code @RolesAllowed}, which Quarkus has written as scopes; none: every user may. */
  private static List<String> roles(Operation operation) {
    return operation.getSecurity().stream()
        .flatMap(requirement -> requirement.getSchemes().values().stream())
        .flatMap(List::stream)
        .distinct()
        .sorted()
        .toList();
  }

  private static SecurityRequirement requirement(List<String> schemes, List<String> roles) {
    SecurityRequirement requirement = OASFactory.createSecurityRequirement();
    schemes.forEach(scheme -> requirement.addScheme(scheme, roles));
    return requirement;
  }
}
