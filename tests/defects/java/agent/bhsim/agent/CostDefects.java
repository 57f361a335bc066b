package bhsim.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What an agent may cost although all that it does is right. */
final class CostDefects {
  private CostDefects() {}

  /**
   * PERF-03 and PERF-10: before main may begin the agent reads for eight seconds, and keeps all
   * that it has read, 80 MB. PERF-02: from then on it burns a tenth of what the application uses.
   */
  static final class Heavy extends AgentDefect {
    private static final List<byte[]> KEPT = new ArrayList<>();

    @Override
    void beforeStart() {
      Thread burning = new Thread(Heavy::burn, "bhsim-agent-burn");
      burning.setDaemon(true);
      burning.start();
      try {
        for (int i = 0; i < 800; i++) {
          KEPT.add(new byte[100 << 10]);
          TimeUnit.MILLISECONDS.sleep(10);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private static void burn() {
      CpuBurden burden = new CpuBurden(0.1);
      try {
        while (true) {
          burden.run();
          TimeUnit.MILLISECONDS.sleep(5);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
