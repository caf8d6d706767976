require ["include", "fileinto"];
include :personal "inc-stop";
fileinto "NotStopped";
