package io.firstcome.http.input;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import jakarta.ws.rs.ext.Provider;
import jakarta.ws.rs.ext.ReaderInterceptor;
import jakarta.ws.rs.ext.ReaderInterceptorContext;
import java.io.IOException;

/** Where a body is read, one is needed: no resource has to think of none or of {@code null}. */
@Provider
public class RequiredBody implements ReaderInterceptor {
  private static final Problem MISSING =
      Problem.of(ProblemType.MALFORMED).detail("The request requires a JSON body.");

  @Override
  public Object aroundReadFrom(ReaderInterceptorContext context) throws IOException {
    Object body = context.proceed();
    if (body == null) {
      throw MISSING.asException();
    }
    return body;
  }
}
