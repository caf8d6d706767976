require ["include", "fileinto"];
include :optional :personal "inc-missing";
include :personal "inc-return";
fileinto "AfterReturn";
