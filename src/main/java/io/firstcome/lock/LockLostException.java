package io.firstcome.lock;

/** A lock ended before the work that it was held for: somebody else may hold it by now. */
final class LockLostException extends RuntimeException {

  LockLostException(String name) {
    super("The lock " + name + " was lost while it was held", null, false, false);
  }
}
