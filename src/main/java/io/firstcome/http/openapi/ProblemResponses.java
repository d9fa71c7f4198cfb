package io.firstcome.http.openapi;

import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.util.Set;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;

/**
 * Says of every operation that its errors are problems, whatever their status. By a filter: an
 * annotation for "all others" makes the generator drop what it knows of the good answers. And takes
 * away the errors that Quarkus adds, without a body, to operations that have none of them.
 */
@OpenApiFilter(OpenApiFilter.RunStage.RUNTIME_STARTUP)
public class ProblemResponses implements OASFilter {
  private static final Set<String> GUESSED = Set.of("400", "401", "403");

  @Override
  public Operation filterOperation(Operation operation) {
    APIResponses responses = operation.getResponses();
    if (responses != null) {
      GUESSED.forEach(responses::removeAPIResponse);
      if (!responses.hasAPIResponse("default")) {
        APIResponse problem = OASFactory.createAPIResponse().ref(ApiDescription.PROBLEM);
        responses.addAPIResponse("default", problem);
      }
    }
    return operation;
  }
}
