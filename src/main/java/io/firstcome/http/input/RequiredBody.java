package io.firstcome.http.input;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.ext.Provider;
import jakarta.ws.rs.ext.ReaderInterceptor;
import jakarta.ws.rs.ext.ReaderInterceptorContext;
import java.io.IOException;

/**
 * Where a body is read, one is needed, and JSON: no resource has to think of none, of {@code null},
 * or of a text that becomes an object because its class can be made of one.
 */
@Provider
public class RequiredBody implements ReaderInterceptor {
  private static final Problem MISSING =
      Problem.of(ProblemType.MALFORMED).detail("The request requires a JSON body.");

  @Override
  public Object aroundReadFrom(ReaderInterceptorContext context) throws IOException {
    if (context.getType() != String.class
        && MediaType.TEXT_PLAIN_TYPE.isCompatible(context.getMediaType())) {
      throw Problem.of(ProblemType.UNSUPPORTED_MEDIA_TYPE).asException();
    }
    Object body = context.proceed();
    if (body == null) {
      throw MISSING.asException();
    }
    return body;
  }
}
