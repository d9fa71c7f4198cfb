package io.firstcome.loadtest;

import java.util.List;

/** A process under load, with servers of its own. */
interface Target extends AutoCloseable {

  /** Makes what is claimed in one turn, fresh. */
  Load prepare(Variant variant, int seconds);

  /**
   * What the servers say of a turn that is over.
   *
   * @param unexpected answers that were not as they should be, as far as the process counts them
   * @param issued units given out; -1 where that is not counted
   * @param backlog of them, not yet in MySQL; -1 where that is not their way
   */
  record Books(long unexpected, long issued, long backlog) {}

  /** Called just before a turn. */
  void open(Variant variant, Load load);

  /** Called just after a turn. */
  Books close(Variant variant, Load load);

  /** Throws away what a turn has left. */
  void clean();

  long appPid();

  long redisPid();

  /** 0 where there is none. */
  long mySqlPid();

  /** All of them, for waiting until nothing goes on. */
  default List<Long> pids() {
    return List.of(appPid(), redisPid(), mySqlPid());
  }

  @Override
  void close();
}
