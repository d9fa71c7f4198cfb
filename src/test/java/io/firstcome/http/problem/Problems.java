package io.firstcome.http.problem;

import static org.hamcrest.Matchers.emptyString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;

import io.restassured.response.ValidatableResponse;

/** What every error must look like. */
public final class Problems {
  private Problems() {}

  public static ValidatableResponse is(ValidatableResponse response, ProblemType type) {
    return response
        .statusCode(type.status())
        .contentType(Problem.MEDIA_TYPE)
        .body("type", equalTo(type.uri().toString()))
        .body("title", equalTo(type.title()))
        .body("status", equalTo(type.status()))
        .body("detail", not(emptyString()));
  }
}
