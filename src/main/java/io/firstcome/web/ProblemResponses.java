package io.firstcome.web;

import io.quarkus.smallrye.openapi.OpenApiFilter;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;

/**
 * Says of every operation that its errors are problems. By a filter: an annotation for "all others"
 * makes the generator drop what it knows of the good answers.
 */
@OpenApiFilter(OpenApiFilter.RunStage.BUILD)
public class ProblemResponses implements OASFilter {

  @Override
  public Operation filterOperation(Operation operation) {
    APIResponses responses = operation.getResponses();
    if (responses != null && !responses.hasAPIResponse("default")) {
      APIResponse problem = OASFactory.createAPIResponse().ref(ApiDescription.PROBLEM);
      responses.addAPIResponse("default", problem);
    }
    return operation;
  }
}
