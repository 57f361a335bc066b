/** A JVM as process 1 of a container: says that it is ready and lives until it is killed. */
public final class Target {
  private Target() {}

  public static void main(String[] arguments) throws Exception {
    Thread own = new Thread(Target::rest, "bhsim-agent-own");
    own.setDaemon(true);
    own.start();
    System.gc();
    System.out.println("ready");
    rest();
  }

  private static void rest() {
    try {
      Thread.sleep(Long.MAX_VALUE);
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }
}
