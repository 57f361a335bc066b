package bhsim.failure;

import java.io.IOException;

/** One way in which something goes wrong for a while and is right again. For one thread. */
interface Scenario extends AutoCloseable {
  /** Breaks something and uses it: what this throws is what the application notices. */
  void breakDown(int episode) throws Exception;

  /** Mends it and uses it again; throws as long as it does not work. */
  void mend(int episode) throws Exception;

  @Override
  default void close() throws IOException {}
}
