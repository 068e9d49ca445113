"""The library through its public interface: one deck from memory to its numbers."""
import ctypes
from collections import namedtuple

Answer = namedtuple("Answer", "status volts amperes figure solver messages")  # figure: of its own certificate

STATUS = ("solved", "netlist", "usage", "no operating point", "system")


class Certificate(ctypes.Structure):
    _fields_ = [("points", ctypes.c_size_t), ("kcl", ctypes.c_double), ("kcl_relative", ctypes.c_double),
                ("kcl_floor", ctypes.c_double), ("kcl_node", ctypes.c_char_p), ("law", ctypes.c_double),
                ("law_relative", ctypes.c_double), ("law_element", ctypes.c_char_p), ("loop", ctypes.c_double),
                ("loop_relative", ctypes.c_double), ("loop_element", ctypes.c_char_p), ("mismatch", ctypes.c_double),
                ("complementarity", ctypes.c_double), ("power", ctypes.c_double), ("power_relative", ctypes.c_double),
                ("tolerance", ctypes.c_double), ("proved", ctypes.c_int)]


class Diagnostic(ctypes.Structure):
    _fields_ = [("severity", ctypes.c_int), ("file", ctypes.c_char_p), ("line", ctypes.c_size_t),
                ("column", ctypes.c_size_t), ("message", ctypes.c_char_p), ("code", ctypes.c_char_p),
                ("more", ctypes.c_size_t)]


class Library:
    def __init__(self, path):
        self.call = ctypes.CDLL(path)
        for name, result in (("opspice_new", ctypes.c_void_p), ("opspice_node_name", ctypes.c_char_p),
                             ("opspice_branch_name", ctypes.c_char_p), ("opspice_node_count", ctypes.c_size_t),
                             ("opspice_branch_count", ctypes.c_size_t), ("opspice_diagnostic_count", ctypes.c_size_t),
                             ("opspice_node_voltages", ctypes.POINTER(ctypes.c_double)),
                             ("opspice_branch_currents", ctypes.POINTER(ctypes.c_double)),
                             ("opspice_get_certificate", ctypes.POINTER(Certificate)),
                             ("opspice_get_stats", ctypes.POINTER(ctypes.c_char_p)),
                             ("opspice_get_diagnostic", ctypes.POINTER(Diagnostic))):
            getattr(self.call, name).restype = result

    def solve(self, text, name, solver="auto"):
        call, data = self.call, text.encode()
        deck = ctypes.c_void_p(call.opspice_new())
        call.opspice_set(deck, b"solver", solver.encode())
        call.opspice_set(deck, b"threads", b"1")
        status = call.opspice_load_memory(deck, name.encode(), data, ctypes.c_size_t(len(data)))
        status = status or call.opspice_solve(deck)
        volts, amperes, figure, used = {}, {}, None, ""
        certificate = call.opspice_get_certificate(deck)
        if certificate:
            held = certificate.contents
            figure = max(held.kcl_relative, held.law_relative, held.loop_relative, held.power_relative)
        if status == 0:
            volts = self.numbers(deck, call.opspice_node_count, call.opspice_node_name, call.opspice_node_voltages)
            amperes = self.numbers(deck, call.opspice_branch_count, call.opspice_branch_name,
                                   call.opspice_branch_currents)
            used = call.opspice_get_stats(deck)[0].decode()
        messages = []
        for number in range(call.opspice_diagnostic_count(deck)):
            diagnostic = call.opspice_get_diagnostic(deck, ctypes.c_size_t(number))
            if diagnostic:
                messages.append((diagnostic[0].severity, diagnostic[0].message.decode(errors="replace")))
        call.opspice_free(deck)
        return Answer(STATUS[status], volts, amperes, figure, used, messages)

    @staticmethod
    def numbers(deck, count, name, values):
        n, array = count(deck), values(deck)
        return {name(deck, ctypes.c_size_t(at)).decode(): array[at] for at in range(n)}
