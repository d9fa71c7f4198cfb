package io.firstcome;

import io.restassured.path.json.JsonPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * An operation that the description of the API names.
 *
 * @param path with names in braces for its parameters
 * @param statuses that it says may be answered
 * @param isPublic whether it needs no user
 */
public record Operation(String method, String path, Set<String> statuses, boolean isPublic) {
  private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

  /** All of them. */
  public static List<Operation> of(JsonPath document) {
    List<Operation> operations = new ArrayList<>();
    Map<String, Map<String, Map<String, Object>>> paths = document.getMap("paths");
    paths.forEach(
        (path, item) ->
            item.forEach(
                (method, operation) -> {
                  if (METHODS.contains(method)) {
                    Map<String, ?> responses = (Map<String, ?>) operation.get("responses");
                    operations.add(
                        new Operation(
                            method.toUpperCase(Locale.ROOT),
                            path,
                            Set.copyOf(responses.keySet()),
                            !operation.containsKey("security")));
                  }
                }));
    return operations;
  }

  /** Those of the application under test. */
  public static List<Operation> all() {
    return of(Management.management().queryParam("format", "json").get("/q/openapi").jsonPath());
  }

  /** Its path, of something that is not there. */
  public String ofNothing() {
    return path.replace("{id}", "1-1").replaceAll("\\{\\w+}", "none");
  }

  @Override
  public String toString() {
    return method + " " + path;
  }
}
