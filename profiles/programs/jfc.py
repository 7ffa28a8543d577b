"""JFR settings from the JDK's profile.jfc on standard input, with the events that tell of time and no others: a recording
also lists the environment and the processes of the machine."""
import re
import sys

WANTED = ("jdk.ExecutionSample jdk.NativeMethodSample jdk.SocketRead jdk.SocketWrite jdk.FileRead jdk.FileWrite jdk.ThreadSleep "
          "jdk.ThreadPark jdk.JavaMonitorEnter jdk.JavaMonitorWait jdk.CPULoad jdk.ThreadCPULoad jdk.CPUInformation "
          "jdk.JVMInformation jdk.OSInformation jdk.ActiveSetting").split()


def event(match):
    if match.group(1) in WANTED:
        return match.group(0)
    return re.sub(r'(<setting name="enabled"[^>]*>)[^<]*', r"\1false", match.group(0)).replace('control="', 'x-control="')


text = sys.stdin.read()
sys.stdout.write(re.sub(r'<event name="([^"]+)">.*?</event>', event, text, flags=re.S))
