package bhsim.agent;

/** The agent's state, registered as bhsim.agent:type=HotSwap. */
public interface HotSwapMBean {
  long getCompleted();

  long getRefused();

  long getRetried();

  long getRolledBack();

  /** Errors caught inside the agent: there should be none. */
  long getErrors();

  /** Of the last swap, from its detection to its audit line. */
  long getLastMicros();

  String getBreakerState();

  String getLastRefusal();

  /** Changes that wait for their turn. */
  int getWaiting();
}
